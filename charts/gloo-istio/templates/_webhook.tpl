{{- /*
What all webhooks have in common. Since when the API server knows a field, beside those of 1.13:
  1.14  timeoutSeconds           kubernetes/kubernetes#74562
        scope                    kubernetes/kubernetes#74477
        admissionReviewVersions  kubernetes/kubernetes#74998
  1.15  matchPolicy, objectSelector, reinvocationPolicy, service.port
                                 kubernetes/website#14671, kubernetes/kubernetes#78505, #78080, #74855
  1.16  admissionregistration.k8s.io/v1, AdmissionReview v1
                                 kubernetes/kubernetes#82025
  1.28  matchConditions, by default
                                 kubernetes@1.37.2:pkg/features/kube_features.go, AdmissionWebhookMatchConditions
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
    namespace: {{ include "gloo-istio.namespace" . | quote }}
    name: {{ include "gloo-istio.fullname" . | quote }}
    path: /mutate
    {{- if include "gloo-istio.kubernetesSince" (list . "1.15") }}
    port: 443
    {{- end }}
  {{- end }}
failurePolicy: {{ .Values.webhook.failurePolicy }}
sideEffects: None
namespaceSelector: {{ include "gloo-istio.namespaceSelector" . }}
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
{{- include "gloo-istio.matchConditions" . }}
{{- end -}}

{{- /* Whether the release's namespace is left out: "true", or nothing. A process outside has no pods there to hold up. */ -}}
{{- define "gloo-istio.isOwnNamespaceExcluded" -}}
{{- if and (include "gloo-istio.inCluster" .) .Values.webhook.excludeReleaseNamespace }}true{{ end -}}
{{- end -}}

{{- /* Namespaces whose writes are not sent, a list in JSON. */ -}}
{{- define "gloo-istio.excludedNamespaces" -}}
{{- $own := include "gloo-istio.isOwnNamespaceExcluded" . | empty | ternary list (list (include "gloo-istio.namespace" .)) -}}
{{- concat (default list .Values.webhook.excludedNamespaces) $own | uniq | toJson -}}
{{- end -}}

{{- /* What the user selects, without what is excluded. Namespaces have the label from 1.21 on; before, nothing is excluded by it. */ -}}
{{- define "gloo-istio.namespaceSelector" -}}
{{- $selector := deepCopy (default dict .Values.webhook.namespaceSelector) -}}
{{- with include "gloo-istio.excludedNamespaces" . | fromJsonArray -}}
{{- $excluded := dict "key" "kubernetes.io/metadata.name" "operator" "NotIn" "values" . -}}
{{- $_ := set $selector "matchExpressions" (append (default list $selector.matchExpressions) $excluded) -}}
{{- end -}}
{{- toJson $selector -}}
{{- end -}}

{{- /*
What the API server sorts out by itself. An expression that fails would skip the webhook or refuse the write,
so each is true or false for any object, and says no more than the process does: its StatusOnly, isStatusOnly
in src/core/patch.ts, looks at the same fields.
*/ -}}
{{- define "gloo-istio.matchConditions" -}}
{{- if and .Values.webhook.matchConditions.enabled (include "gloo-istio.kubernetesSince" (list . "1.28")) }}
matchConditions:
  - name: not-status-only
    expression: >-
      request.operation != 'UPDATE'
      || !object.all(key, key in ['metadata', 'status'] || (key in oldObject && object[key] == oldObject[key]))
      || !oldObject.all(key, key in ['metadata', 'status'] || key in object)
      {{- range list "labels" "annotations" }}
      || (has(object.metadata) && has(object.metadata.{{ . }}) ? object.metadata.{{ . }} : {})
      != (has(oldObject.metadata) && has(oldObject.metadata.{{ . }}) ? oldObject.metadata.{{ . }} : {})
      {{- end }}
  {{- /* The account "default" is shared by pods that are not ours. */}}
  {{- $account := include "gloo-istio.serviceAccountName" . }}
  {{- if ne $account "default" }}
  - name: not-our-own-write
    expression: >-
      !has(request.userInfo.username)
      || request.userInfo.username != 'system:serviceaccount:{{ include "gloo-istio.namespace" . }}:{{ $account }}'
  {{- end }}
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
