{{- define "gloo-istio.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* Dots are legal in the name of a release, not in that of a Service. */ -}}
{{- define "gloo-istio.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default ($full | replace "." "-") .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "gloo-istio.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- /*
Name of what is not in a namespace. It carries the namespace, so that two releases can live together;
a dot joins the two halves, as neither can hold one and "a-b"+"c" must differ from "a"+"b-c".
*/ -}}
{{- define "gloo-istio.clusterName" -}}
{{- printf "%s.%s" (include "gloo-istio.fullname" .) (include "gloo-istio.namespace" .) -}}
{{- end -}}

{{- define "gloo-istio.webhookConfigurationName" -}}
{{- include "gloo-istio.clusterName" . -}}
{{- end -}}

{{- define "gloo-istio.authoritySecretName" -}}
{{- printf "%s-authority" (include "gloo-istio.fullname" .) -}}
{{- end -}}

{{- /* Name of a hook's objects, by its job: short enough for the label that Kubernetes makes of a Job's name. */ -}}
{{- define "gloo-istio.hookName" -}}
{{- printf "%s-%s" (include "gloo-istio.fullname" (index . 0) | trunc 50 | trimSuffix "-") (index . 1) -}}
{{- end -}}

{{- define "gloo-istio.serviceAccountName" -}}
{{- $default := .Values.serviceAccount.create | ternary (include "gloo-istio.fullname" .) "default" -}}
{{- default $default .Values.serviceAccount.name -}}
{{- end -}}

{{- /* The name by which the API server finds the processes, and which their certificate carries. */ -}}
{{- define "gloo-istio.dnsName" -}}
{{- printf "%s.%s.svc" (include "gloo-istio.fullname" .) (include "gloo-istio.namespace" .) -}}
{{- end -}}

{{- /* A selector cannot be changed once it is installed: nothing that moves with versions. */ -}}
{{- define "gloo-istio.selectorLabels" -}}
{{- include "gloo-istio.selectorLabelsOf" (list . "webhook") -}}
{{- end -}}

{{- define "gloo-istio.selectorLabelsOf" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "gloo-istio.name" $root | quote }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 | quote }}
{{- end -}}

{{- define "gloo-istio.labels" -}}
{{- include "gloo-istio.labelsOf" (list . "webhook") -}}
{{- end -}}

{{- /* Labels of an object of the component given; ours cannot be replaced, as they select. */ -}}
{{- define "gloo-istio.labelsOf" -}}
{{- $root := index . 0 -}}
{{- $chart := printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- $ours := dict
  "app.kubernetes.io/version" $root.Chart.AppVersion
  "app.kubernetes.io/part-of" "gloo-istio"
  "app.kubernetes.io/managed-by" $root.Release.Service
  "helm.sh/chart" $chart -}}
{{- $selector := include "gloo-istio.selectorLabelsOf" . | fromYaml -}}
{{- merge $selector $ours (include "gloo-istio.commonLabels" $root | fromYaml) | toYaml -}}
{{- end -}}

{{- define "gloo-istio.commonLabels" -}}
{{- $global := default dict (default dict .Values.global).commonLabels -}}
{{- merge dict (default dict .Values.commonLabels) $global | toYaml -}}
{{- end -}}

{{- define "gloo-istio.image" -}}
{{- $global := default dict .Values.global -}}
{{- with default .Values.image.registry $global.imageRegistry }}{{ . }}/{{ end -}}
{{- .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{- /* Tests of features: "true", or nothing. The version is asked, as `helm template --kube-version`
says nothing about .Capabilities.APIVersions. "-0" lets in the suffixes of providers. */ -}}
{{- define "gloo-istio.kubernetesSince" -}}
{{- $since := printf ">=%s.0-0" (index . 1) -}}
{{- if semverCompare $since (index . 0).Capabilities.KubeVersion.Version }}true{{ end -}}
{{- end -}}

{{- /* Whether a Deployment is installed: "true", or nothing. */ -}}
{{- define "gloo-istio.inCluster" -}}
{{- if not .Values.webhook.url }}true{{ end -}}
{{- end -}}

{{- /* Whether the chart's own values say what the API server trusts: "true", or nothing. */ -}}
{{- define "gloo-istio.isBundleGiven" -}}
{{- if .Values.webhook.caBundle }}true{{ end -}}
{{- end -}}

{{- /* Whether the process publishes its authority, and repairs what is published: "true", or nothing. */ -}}
{{- define "gloo-istio.publishes" -}}
{{- if not (or (include "gloo-istio.isBundleGiven" .) (eq .Values.certificates.source "cert-manager")) }}true{{ end -}}
{{- end -}}

{{- /* Whether processes share an authority of their own, in a Secret: "true", or nothing. */ -}}
{{- define "gloo-istio.sharesAuthority" -}}
{{- if and (include "gloo-istio.publishes" .) (eq .Values.certificates.source "generated") }}true{{ end -}}
{{- end -}}

{{- /* Whether cert-manager makes the certificates: "true", or nothing. */ -}}
{{- define "gloo-istio.usesCertManager" -}}
{{- if and (include "gloo-istio.inCluster" .) (eq .Values.certificates.source "cert-manager") }}true{{ end -}}
{{- end -}}

{{- /* The Secret that the serving certificate is mounted from; nothing where the process makes it. */ -}}
{{- define "gloo-istio.servingSecretName" -}}
{{- if eq .Values.certificates.source "files" -}}
{{- .Values.certificates.secretName -}}
{{- else if eq .Values.certificates.source "cert-manager" -}}
{{- printf "%s-tls" (include "gloo-istio.fullname" .) -}}
{{- end -}}
{{- end -}}

{{- /* Whether the process follows the cluster: "true", or nothing. */ -}}
{{- define "gloo-istio.follows" -}}
{{- if .Values.follow.enabled }}true{{ end -}}
{{- end -}}
