{{- define "gloo-istio.dashboard" -}}
{{- $name := include "gloo-istio.clusterName" . -}}
{{- $source := dict "type" "prometheus" "uid" "${datasource}" -}}
{{- $namespace := dict "name" "namespace" "label" "Namespace" "query" "label_values(gloo_istio_build_info, namespace)" "value" (include "gloo-istio.namespace" .) -}}
{{- $job := dict "name" "job" "label" "Job" "query" `label_values(gloo_istio_build_info{namespace="$namespace"}, job)` "value" (include "gloo-istio.metricsName" .) -}}
{{- $variables := list (dict "name" "datasource" "label" "Prometheus" "type" "datasource" "query" "prometheus") -}}
{{- range list $namespace $job -}}
{{- $current := dict "text" .value "value" .value -}}
{{- $variables = append $variables (dict "name" .name "label" .label "type" "query" "query" .query "datasource" $source "refresh" 2 "current" $current) -}}
{{- end -}}
{{- dict
  "uid" (printf "gloo-istio-%s" (sha256sum $name | trunc 12))
  "title" (printf "gloo-istio %s" $name)
  "description" "Reviews, certificates and the cluster as gloo-istio sees it."
  "tags" (list "gloo-istio")
  "schemaVersion" 39
  "editable" true
  "refresh" "30s"
  "time" (dict "from" "now-3h" "to" "now")
  "templating" (dict "list" $variables)
  "panels" (include "gloo-istio.panels" (dict "rows" (.Files.Get "files/dashboard.yaml" | fromYamlArray) "source" $source) | fromJsonArray)
| toJson -}}
{{- end -}}

{{- /* Rows from top to bottom, the panels of each side by side over the whole width of 24. */ -}}
{{- define "gloo-istio.panels" -}}
{{- $panels := list -}}
{{- $top := 0 -}}
{{- range $row := .rows -}}
{{- $height := ternary 4 8 (eq $top 0) -}}
{{- $width := div 24 (len $row.panels) -}}
{{- $panels = append $panels (dict "id" (add1 (len $panels)) "type" "row" "title" $row.title "collapsed" false "panels" list "gridPos" (dict "x" 0 "y" $top "w" 24 "h" 1)) -}}
{{- range $index, $panel := $row.panels -}}
{{- $place := dict "x" (mul $index $width) "y" (add1 $top) "w" $width "h" $height -}}
{{- $panels = append $panels (include "gloo-istio.panel" (dict "panel" $panel "id" (add1 (len $panels)) "place" $place "source" $.source) | fromJson) -}}
{{- end -}}
{{- $top = add $top $height 1 -}}
{{- end -}}
{{- toJson $panels -}}
{{- end -}}

{{- define "gloo-istio.panel" -}}
{{- $targets := list -}}
{{- range $index, $query := .panel.queries -}}
{{- $expression := index $query 0
  | replace "<release>" `namespace="$namespace",job="$job"`
  | replace "<webhooks>" (include "gloo-istio.webhookMatchers" .)
-}}
{{- $targets = append $targets (dict "refId" (substr $index (int (add1 $index)) "ABCDEFGH") "expr" $expression "legendFormat" (index $query 1) "datasource" $.source) -}}
{{- end -}}
{{- $defaults := dict "unit" (default "short" .panel.unit) -}}
{{- if ne (default "timeseries" .panel.type) "stat" -}}
{{- /* From zero, and below it when a certificate has ended. */ -}}
{{- $_ := set $defaults "custom" (dict "axisSoftMin" 0) -}}
{{- end -}}
{{- with .panel.good -}}
{{- $_ := set $defaults "thresholds" (dict "mode" "absolute" "steps" (list (dict "color" "red" "value" nil) (dict "color" "green" "value" .))) -}}
{{- end -}}
{{- dict
  "id" .id
  "type" (default "timeseries" .panel.type)
  "title" .panel.title
  "description" .panel.about
  "gridPos" .place
  "datasource" .source
  "fieldConfig" (dict "defaults" $defaults "overrides" list)
  "targets" $targets
| toJson -}}
{{- end -}}
