{{- /* Whether there is a ServiceMonitor and something in the cluster for it: "true", or nothing. */ -}}
{{- define "gloo-istio.isScraped" -}}
{{- if and .Values.metrics.serviceMonitor.enabled (include "gloo-istio.inCluster" .) }}true{{ end -}}
{{- end -}}

{{- /* Also the label job of every metric. */ -}}
{{- define "gloo-istio.metricsName" -}}
{{- printf "%s-metrics" (include "gloo-istio.fullname" . | trunc 55 | trimSuffix "-") -}}
{{- end -}}

{{- /* What tells the metrics of this release from those of another. */ -}}
{{- define "gloo-istio.releaseMatchers" -}}
{{- printf "namespace=%q,job=%q" (include "gloo-istio.namespace" .) (include "gloo-istio.metricsName" .) -}}
{{- end -}}

{{- define "gloo-istio.runbook" -}}
{{- default (printf "%s/docs/guides/monitoring.md" (trimSuffix "/" .Chart.Home)) .Values.prometheusRule.runbookUrl -}}
{{- end -}}

{{- /* Alerts about what a process with these values does not do; a list in JSON. */ -}}
{{- define "gloo-istio.alertsWithoutMeaning" -}}
{{- $names := list -}}
{{- if not (include "gloo-istio.follows" .) -}}
{{- $names = append $names "GlooIstioWatchStale" -}}
{{- end -}}
{{- if not (include "gloo-istio.reconciled" .) -}}
{{- $names = concat $names (list "GlooIstioNoLeader" "GlooIstioWritesContested" "GlooIstioUpstreamsWaitForProxy") -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{- /* What tells our webhooks from others, where the API server counts. */ -}}
{{- define "gloo-istio.webhookMatchers" -}}
{{- `type="admit",name=~"(upstreams|workloads|bootstraps)[.]gloo-istio[.]io"` -}}
{{- end -}}

{{- define "gloo-istio.expression" -}}
{{- $values := .root.Values -}}
{{- $release := include "gloo-istio.releaseMatchers" .root -}}
{{- $webhooks := include "gloo-istio.webhookMatchers" .root -}}
{{- $left := include "gloo-istio.certificatesLeft" .root | fromJson -}}
{{- /* A process outside the cluster may be the only one; how many there are is not known here. */ -}}
{{- $replicas := ternary 1 (min 2 (int $values.replicaCount)) (not (empty $values.webhook.url)) -}}
{{- .expr
  | replace "<release>" $release
  | replace "<webhooks>" $webhooks
  | replace "<scraped-before>" "and on (job, instance) (up offset 5m)"
  | replace "<replicas>" (toString $replicas)
  | replace "<serving-left>" $left.serving
  | replace "<authority-left>" $left.authority
-}}
{{- end -}}

{{- /*
How much of its life a certificate should never be down to, in seconds: a fifth, as it is renewed with a third to go. The
life of those that others make is not known: three days and two weeks, in which a human can do something about it.
*/ -}}
{{- define "gloo-istio.certificatesLeft" -}}
{{- $serving := 259200 -}}
{{- $authority := 1209600 -}}
{{- if ne .Values.certificates.source "files" -}}
{{- $serving = div (include "gloo-istio.seconds" .Values.certificates.certificateLife) 5 -}}
{{- if not .Values.certificates.certManager.issuerRef -}}
{{- $authority = div (include "gloo-istio.seconds" .Values.certificates.authorityLife) 5 -}}
{{- end -}}
{{- end -}}
{{- dict "serving" (toString $serving) "authority" (toString $authority) | toJson -}}
{{- end -}}
