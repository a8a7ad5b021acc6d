{{- define "gloo-istio.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* Dots are legal in the name of a release, not in that of a Service. */ -}}
{{- define "gloo-istio.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default ($full | replace "." "-") .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /*
Name of what is not in a namespace. It carries the namespace, so that two releases can live together;
a dot joins the two halves, as neither can hold one and "a-b"+"c" must differ from "a"+"b-c".
*/ -}}
{{- define "gloo-istio.clusterName" -}}
{{- printf "%s.%s" (include "gloo-istio.fullname" .) .Release.Namespace -}}
{{- end -}}

{{- define "gloo-istio.webhookConfigurationName" -}}
{{- include "gloo-istio.clusterName" . -}}
{{- end -}}

{{- define "gloo-istio.serviceAccountName" -}}
{{- $default := .Values.serviceAccount.create | ternary (include "gloo-istio.fullname" .) "default" -}}
{{- default $default .Values.serviceAccount.name -}}
{{- end -}}

{{- /* A selector cannot be changed once it is installed: nothing that moves with versions. */ -}}
{{- define "gloo-istio.selectorLabels" -}}
app.kubernetes.io/name: {{ include "gloo-istio.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "gloo-istio.labels" -}}
{{ include "gloo-istio.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: gloo-istio
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "gloo-istio.image" -}}
{{- with .Values.image.registry }}{{ . }}/{{ end -}}
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

{{- /* Whether the process publishes its authority: "true", or nothing. */ -}}
{{- define "gloo-istio.publishes" -}}
{{- if not .Values.webhook.caBundle }}true{{ end -}}
{{- end -}}

{{- /* Whether the process follows the cluster: "true", or nothing. */ -}}
{{- define "gloo-istio.follows" -}}
{{- if .Values.follow.enabled }}true{{ end -}}
{{- end -}}

{{- /* What the process brings in line, as --reconcile wants it. Nothing unless it follows: it would not know what. */ -}}
{{- define "gloo-istio.reconciled" -}}
{{- $kinds := list -}}
{{- range $kind := list "upstreams" "proxies" "bootstraps" -}}
{{- if and $.Values.follow.enabled $.Values.reconcile.enabled (get $.Values.reconcile $kind) -}}
{{- $kinds = append $kinds $kind -}}
{{- end -}}
{{- end -}}
{{- join "," $kinds -}}
{{- end -}}

{{- /* Whether the process has anything to say to the API server: "true", or nothing. */ -}}
{{- define "gloo-istio.hasRights" -}}
{{- if or (include "gloo-istio.publishes" .) (include "gloo-istio.follows" .) }}true{{ end -}}
{{- end -}}

{{- /* The flags that need rights in the cluster, one a line. */ -}}
{{- define "gloo-istio.clusterFlags" -}}
{{- if include "gloo-istio.publishes" . }}
--webhook-configuration={{ include "gloo-istio.webhookConfigurationName" . }}
{{- end }}
{{- if include "gloo-istio.follows" . }}
--follow
{{- end }}
{{- with include "gloo-istio.reconciled" . }}
--lease={{ $.Release.Namespace }}/{{ include "gloo-istio.fullname" $ }}
--reconcile={{ . }}
{{- end }}
{{- end -}}

{{- /*
The ConfigMaps that control planes read, a list in JSON. Rights know no patterns, so that each revision
has to be named (istio@1.31.0:pilot/pkg/bootstrap/mesh.go).
*/ -}}
{{- define "gloo-istio.meshConfigMaps" -}}
{{- $names := list "istio" -}}
{{- range .Values.follow.revisions -}}
{{- $names = append $names (printf "istio-%s" .) -}}
{{- end -}}
{{- range .Values.meshes -}}
{{- with .revision -}}
{{- $names = append $names (printf "istio-%s" .) -}}
{{- end -}}
{{- end -}}
{{- /* What Istio calls the control plane without a revision; its ConfigMap has no suffix. */ -}}
{{- without (uniq $names) "istio-default" | toJson -}}
{{- end -}}

{{- /* "off" without quotes is false in the YAML that Helm reads. */ -}}
{{- define "gloo-istio.selection" -}}
{{- if kindIs "bool" .Values.selection }}off{{ else }}{{ default "" .Values.selection }}{{ end -}}
{{- end -}}

{{- /* Fields that are given, one a line, in the notation of JSON: YAML that means the same for any text. */ -}}
{{- define "gloo-istio.fields" -}}
{{- range $key, $value := . }}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
{{ $key }}: {{ toJson $value }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "gloo-istio.configuration" -}}
apiVersion: gloo-istio.io/v1alpha1
kind: Configuration
{{- include "gloo-istio.fields" (pick .Values "mountRoot" "clusterDomain" "istioNamespaces" "verifyIdentity" "defaultMesh") }}
{{- include "gloo-istio.fields" (dict "selection" (include "gloo-istio.selection" .)) }}
{{- with include "gloo-istio.fields" .Values.gloo | trim }}
gloo:
  {{- . | nindent 2 }}
{{- end }}
{{- if not .Values.meshes }}
meshes: []
{{- else }}
meshes:
{{- range .Values.meshes }}
  - namespace: {{ .namespace | quote }}
    name: {{ .name | quote }}
    {{- with include "gloo-istio.fields" (omit . "namespace" "name") | trim }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What values.schema.json cannot say, or not in a sentence: what is wrong, why, what to do. */ -}}
{{- define "gloo-istio.validate" -}}
{{- $references := list -}}
{{- range $index, $mesh := .Values.meshes -}}
{{- $reference := printf "%s.%s" $mesh.namespace $mesh.name -}}
{{- if has $reference $references -}}
{{- fail (printf "meshes[%d] repeats mesh %s: an Upstream could not tell the two apart. Remove one of them." $index $reference) -}}
{{- end -}}
{{- $references = append $references $reference -}}
{{- end -}}
{{- with .Values.defaultMesh -}}
{{- if not (has . $references) -}}
{{- fail (printf "defaultMesh is %s, but meshes does not hold it: the process would refuse to start. Add it to meshes, or correct defaultMesh." .) -}}
{{- end -}}
{{- end -}}
{{- include "gloo-istio.validateFollow" . -}}
{{- if include "gloo-istio.inCluster" . -}}
{{- include "gloo-istio.validateCertificates" . -}}
{{- end -}}
{{- end -}}

{{- define "gloo-istio.validateFollow" -}}
{{- if include "gloo-istio.follows" . -}}
{{- if and .Values.reconcile.enabled (not (include "gloo-istio.reconciled" .)) -}}
{{- fail "reconcile.enabled is true, but upstreams, proxies and bootstraps are all false: there is nothing to bring in line. Set one of them to true, or reconcile.enabled to false." -}}
{{- end -}}
{{- else -}}
{{- if eq (include "gloo-istio.selection" .) "mesh-members" -}}
{{- fail "selection is mesh-members, but follow.enabled is false: nothing would tell which pods have sidecars, and nothing would be selected. Set follow.enabled to true, or selection to labelled." -}}
{{- end -}}
{{- if .Values.verifyIdentity -}}
{{- fail "verifyIdentity is true, but follow.enabled is false: nothing would tell who stands behind a Service, and any identity of the mesh would be accepted. Set follow.enabled to true, or verifyIdentity to false." -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "gloo-istio.validateCertificates" -}}
{{- if eq .Values.certificates.source "files" -}}
{{- if not .Values.certificates.secretName -}}
{{- fail "certificates.source is files, but certificates.secretName is empty: there is nothing to serve with. Set it to a Secret of type kubernetes.io/tls that also holds ca.crt." -}}
{{- end -}}
{{- else -}}
{{- if .Values.certificates.secretName -}}
{{- fail "certificates.secretName is set, but certificates.source is generated: the Secret would not be read. Set certificates.source to files, or remove certificates.secretName." -}}
{{- end -}}
{{- if .Values.webhook.caBundle -}}
{{- fail "webhook.caBundle is set, but certificates.source is generated: the process makes another authority at each start, and the API server would refuse it. Set certificates.source to files, or remove webhook.caBundle." -}}
{{- end -}}
{{- if gt (int .Values.replicaCount) 1 -}}
{{- fail (printf "replicaCount is %d, but certificates.source is generated: each process makes its own authority, and the API server trusts only the one published last. Set replicaCount to 1, or certificates.source to files with certificates.secretName." (int .Values.replicaCount)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
What all webhooks have in common. Since when the API server knows a field, beside those of 1.13:
  1.14  timeoutSeconds           kubernetes/kubernetes#74562
        scope                    kubernetes/kubernetes#74477
        admissionReviewVersions  kubernetes/kubernetes#74998
  1.15  matchPolicy, objectSelector, reinvocationPolicy, service.port
                                 kubernetes/website#14671, kubernetes/kubernetes#78505, #78080, #74855
  1.16  admissionregistration.k8s.io/v1, AdmissionReview v1
                                 kubernetes/kubernetes#82025
Compared with the API models generated from 1.13, 1.14, 1.15 and 1.16: the packages kubernetes 9.0.0,
10.0.0, 11.0.0 and 12.0.0 on PyPI, models v1beta1_webhook.py and v1beta1_mutating_webhook.py,
v1beta1_rule_with_operations.py, admissionregistration_v1beta1_service_reference.py.
*/ -}}
{{- define "gloo-istio.webhookFields" -}}
clientConfig:
  {{- with .Values.webhook.caBundle }}
  caBundle: {{ . }}
  {{- end }}
  {{- if .Values.webhook.url }}
  url: {{ .Values.webhook.url | quote }}
  {{- else }}
  service:
    namespace: {{ .Release.Namespace | quote }}
    name: {{ include "gloo-istio.fullname" . | quote }}
    path: /mutate
    {{- if include "gloo-istio.kubernetesSince" (list . "1.15") }}
    port: 443
    {{- end }}
  {{- end }}
failurePolicy: {{ .Values.webhook.failurePolicy }}
sideEffects: None
namespaceSelector: {{ default dict .Values.webhook.namespaceSelector | toJson }}
{{- if include "gloo-istio.kubernetesSince" (list . "1.14") }}
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
{{- /* Before 1.16 the API server speaks v1beta1 only. */}}
{{- if include "gloo-istio.kubernetesSince" (list . "1.16") }}
admissionReviewVersions: [v1, v1beta1]
{{- else }}
admissionReviewVersions: [v1beta1]
{{- end }}
{{- end }}
{{- if include "gloo-istio.kubernetesSince" (list . "1.15") }}
matchPolicy: Equivalent
reinvocationPolicy: IfNeeded
{{- end }}
{{- end -}}

{{- define "gloo-istio.ruleFields" -}}
operations: [CREATE, UPDATE]
{{- if include "gloo-istio.kubernetesSince" (list . "1.14") }}
scope: Namespaced
{{- end }}
{{- end -}}

{{- /* What Gloo's charts make, from 0.13 on. Before 1.15 the process leaves the rest alone itself. */ -}}
{{- define "gloo-istio.onlyOfGloo" -}}
{{- if include "gloo-istio.kubernetesSince" (list . "1.15") -}}
objectSelector:
  matchExpressions:
    - key: gloo
      operator: Exists
{{- end -}}
{{- end -}}

{{- /* Three fifths of the memory limit, in MiB, where it is given in Mi or Gi and extraEnv does not say; else nothing. */ -}}
{{- define "gloo-istio.heap" -}}
{{- $limit := toString (dig "limits" "memory" "" (default dict .Values.resources)) -}}
{{- $told := false -}}
{{- range .Values.extraEnv -}}
{{- if eq .name "NODE_OPTIONS" -}}{{- $told = true -}}{{- end -}}
{{- end -}}
{{- if $told -}}
{{- else if regexMatch "^[0-9]+Mi$" $limit -}}
{{- div (mul (trimSuffix "Mi" $limit | int) 3) 5 -}}
{{- else if regexMatch "^[0-9]+Gi$" $limit -}}
{{- div (mul (trimSuffix "Gi" $limit | int) 3072) 5 -}}
{{- end -}}
{{- end -}}
