{{- /* What pods of the chart have in common, as the ServiceAccount given, with or without its token. */ -}}
{{- define "gloo-istio.podFields" -}}
{{- $root := index . 0 -}}
{{- $hasToken := index . 2 -}}
serviceAccountName: {{ index . 1 | quote }}
automountServiceAccountToken: {{ and $hasToken (include "gloo-istio.mountsTokenItself" $root | empty) }}
enableServiceLinks: false
{{- with include "gloo-istio.imagePullSecrets" $root | fromYamlArray }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "gloo-istio.podSecurityContext" $root | nindent 2 }}
{{- with $root.Values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- if and (not $root.Values.hostUsers) (include "gloo-istio.kubernetesSince" (list $root "1.25")) }}
hostUsers: false
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Labels and annotations of pods that no sidecar is put into: it would end calls of the API server, and keep Jobs from ending. */ -}}
{{- define "gloo-istio.noSidecar" -}}
sidecar.istio.io/inject: "false"
{{- end -}}

{{- define "gloo-istio.imagePullSecrets" -}}
{{- $global := default list (default dict .Values.global).imagePullSecrets -}}
{{- concat (default list .Values.imagePullSecrets) $global | uniq | toYaml -}}
{{- end -}}

{{- /* Seccomp is a field since 1.19. The annotation of older ones is left out: their pod security policies
refuse it unless they name it. */ -}}
{{- define "gloo-istio.podSecurityContext" -}}
{{- $default := dict -}}
{{- if include "gloo-istio.kubernetesSince" (list . "1.19") -}}
{{- $default = dict "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- end -}}
{{- merge dict (default dict .Values.podSecurityContext) $default | toYaml -}}
{{- end -}}

{{- define "gloo-istio.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- /*
Whether pods ask for a token by a volume, as Kubernetes does itself from 1.21 on, when each namespace has the
ConfigMap kube-root-ca.crt: "true", or nothing.
*/ -}}
{{- define "gloo-istio.mountsTokenItself" -}}
{{- if include "gloo-istio.kubernetesSince" (list . "1.21") }}true{{ end -}}
{{- end -}}

{{- define "gloo-istio.tokenMount" -}}
- name: token
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end -}}

{{- /* As kubernetes@1.37.2:plugin/pkg/admission/serviceaccount/admission.go makes it. */ -}}
{{- define "gloo-istio.tokenVolume" -}}
- name: token
  projected:
    defaultMode: 420
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3607
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- end -}}

{{- /* The user's, with ours where nothing is said of pods that keep apart. */ -}}
{{- define "gloo-istio.affinity" -}}
{{- $affinity := deepCopy (default dict .Values.affinity) -}}
{{- $others := dict "labelSelector" (dict "matchLabels" (include "gloo-istio.selectorLabels" . | fromYaml)) "topologyKey" "kubernetes.io/hostname" -}}
{{- $ours := dict -}}
{{- if eq (toString .Values.antiAffinity) "soft" -}}
{{- $ours = dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $others)) -}}
{{- else if eq (toString .Values.antiAffinity) "hard" -}}
{{- $ours = dict "requiredDuringSchedulingIgnoredDuringExecution" (list $others) -}}
{{- end -}}
{{- if and $ours (not $affinity.podAntiAffinity) -}}
{{- $_ := set $affinity "podAntiAffinity" $ours -}}
{{- end -}}
{{- toYaml $affinity -}}
{{- end -}}

{{- /* A field since 1.16, on by default since 1.18, and what it is since 1.19. */ -}}
{{- define "gloo-istio.topologySpreadConstraints" -}}
{{- $constraints := list -}}
{{- if include "gloo-istio.kubernetesSince" (list . "1.19") -}}
{{- $selector := dict "labelSelector" (dict "matchLabels" (include "gloo-istio.selectorLabels" . | fromYaml)) -}}
{{- range .Values.topologySpreadConstraints -}}
{{- $constraints = append $constraints (merge dict . (ternary dict $selector (hasKey . "labelSelector"))) -}}
{{- end -}}
{{- end -}}
{{- toYaml $constraints -}}
{{- end -}}

{{- /* What a probe has beside its question. */ -}}
{{- define "gloo-istio.probe" -}}
httpGet:
  scheme: HTTPS
  port: https
  path: {{ index . 1 }}
periodSeconds: {{ (index . 0).periodSeconds }}
timeoutSeconds: {{ (index . 0).timeoutSeconds }}
failureThreshold: {{ (index . 0).failureThreshold }}
{{- end -}}
