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
{{- if not (and (include "gloo-istio.isBundleGiven" .) (not (include "gloo-istio.follows" .))) }}true{{ end -}}
{{- end -}}

{{- /* The flags that need rights in the cluster, one a line. */ -}}
{{- define "gloo-istio.clusterFlags" -}}
{{- $namespace := include "gloo-istio.namespace" . -}}
{{- if include "gloo-istio.sharesAuthority" . }}
--authority-secret={{ $namespace }}/{{ include "gloo-istio.authoritySecretName" . }}
--authority-life={{ .Values.certificates.authorityLife }}
--certificate-life={{ .Values.certificates.certificateLife }}
{{- end }}
{{- if not (include "gloo-istio.isBundleGiven" .) }}
--webhook-configuration={{ include "gloo-istio.webhookConfigurationName" . }}
{{- if not (include "gloo-istio.publishes" .) }}
--ca-bundle=watch
{{- end }}
{{- end }}
{{- if include "gloo-istio.follows" . }}
--follow
{{- end }}
{{- with include "gloo-istio.reconciled" . }}
--lease={{ $namespace }}/{{ include "gloo-istio.fullname" $ }}
--reconcile={{ . }}
{{- end }}
{{- end -}}

{{- /* The flags of a process in the cluster, one a line. */ -}}
{{- define "gloo-istio.serveFlags" -}}
{{- $webhook := .Values.webhook -}}
{{- $client := default dict $webhook.clientAuthentication -}}
--config=/etc/gloo-istio/config.yaml
--port={{ $webhook.port }}
--metrics-port={{ .Values.metrics.port }}
--log-level={{ .Values.logLevel }}
--dns-name={{ include "gloo-istio.dnsName" . }}
--tls-min-version={{ $webhook.tlsMinVersion }}
--max-in-flight={{ $webhook.maxInFlight }}
--connection-age={{ $webhook.connectionAge }}
--drain={{ .Values.drainSeconds }}s
{{- if include "gloo-istio.servingSecretName" . }}
--cert-file=/var/run/gloo-istio/tls/tls.crt
--key-file=/var/run/gloo-istio/tls/tls.key
--ca-file=/var/run/gloo-istio/tls/ca.crt
{{- end }}
{{- if $client.configMapName }}
--client-ca-file=/var/run/gloo-istio/client-ca/ca.crt
{{- range $client.names }}
--client-name={{ . }}
{{- end }}
{{- end }}
{{- include "gloo-istio.clusterFlags" . }}
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
{{- include "gloo-istio.fields" (pick .Values "stage" "mountRoot" "clusterDomain" "istioNamespaces" "verifyIdentity" "defaultMesh") }}
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
