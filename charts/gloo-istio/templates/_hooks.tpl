{{- /*
Annotations of a hook's object. Helm removes what went well, and leaves what failed to be looked at. Argo CD knows the
hooks by its own phases, and leaves out those that it has none for, such as helm test.
*/ -}}
{{- define "gloo-istio.hookAnnotations" -}}
{{- $hooks := index . 0 -}}
helm.sh/hook: {{ $hooks }}
helm.sh/hook-weight: {{ index . 1 | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- $phase := "" -}}
{{- if contains "post-install" $hooks }}{{ $phase = "PostSync" }}{{ end -}}
{{- if contains "pre-delete" $hooks }}{{ $phase = "PreDelete" }}{{ end -}}
{{- with $phase }}
argocd.argoproj.io/hook: {{ . }}
argocd.argoproj.io/hook-delete-policy: BeforeHookCreation,HookSucceeded
{{- end }}
{{- end -}}

{{- /* Where the check writes; nothing where none of its writes would be sent. */ -}}
{{- define "gloo-istio.checkNamespace" -}}
{{- $namespace := default "default" .Values.hooks.check.namespace -}}
{{- if not (has $namespace (include "gloo-istio.excludedNamespaces" . | fromJsonArray)) }}{{ $namespace }}{{ end -}}
{{- end -}}

{{- /* Whether there is a check: "true", or nothing. */ -}}
{{- define "gloo-istio.isChecked" -}}
{{- if and (include "gloo-istio.inCluster" .) (include "gloo-istio.checkNamespace" .) }}true{{ end -}}
{{- end -}}

{{- /* When the check runs, and so when its identity is there. */ -}}
{{- define "gloo-istio.checkHooks" -}}
{{- .Values.hooks.postInstallCheck.enabled | ternary "post-install,post-upgrade,test" "test" -}}
{{- end -}}

{{- /* A pod that runs one command of the program, as the account given, and ends. */ -}}
{{- define "gloo-istio.hookPod" -}}
{{- $root := index . 0 -}}
{{- $account := index . 1 -}}
{{- $mounts := include "gloo-istio.mountsTokenItself" $root -}}
{{- include "gloo-istio.podFields" (list $root $account true) }}
restartPolicy: Never
containers:
  - name: gloo-istio
    image: {{ include "gloo-istio.image" $root | quote }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args:
      {{- range index . 2 }}
      - {{ . | quote }}
      {{- end }}
    resources:
      requests:
        cpu: 10m
        memory: 64Mi
      limits:
        memory: 256Mi
    securityContext:
      {{- include "gloo-istio.containerSecurityContext" $root | nindent 6 }}
    {{- if $mounts }}
    volumeMounts:
      {{- include "gloo-istio.tokenMount" $root | nindent 6 }}
    {{- end }}
{{- if $mounts }}
volumes:
  {{- include "gloo-istio.tokenVolume" $root | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "gloo-istio.hookPodLabels" -}}
{{- merge (include "gloo-istio.labelsOf" . | fromYaml) (include "gloo-istio.noSidecar" . | fromYaml) | toYaml -}}
{{- end -}}

{{- /* Where nothing is to be changed, an answer is all that can be had. */ -}}
{{- define "gloo-istio.checkArgs" -}}
{{- $args := list "webhook" "check" (printf "--namespace=%s" (include "gloo-istio.checkNamespace" .)) (printf "--timeout=%s" .Values.hooks.check.timeout) -}}
{{- $mesh := .Values.hooks.check.mesh -}}
{{- /* Of several, an Upstream has to name one. */ -}}
{{- if and (not $mesh) (not .Values.defaultMesh) (gt (len (default list .Values.meshes)) 1) -}}
{{- $first := first .Values.meshes -}}
{{- $mesh = printf "%s.%s" $first.namespace $first.name -}}
{{- end -}}
{{- with $mesh }}{{ $args = append $args (printf "--mesh=%s" .) }}{{ end -}}
{{- toJson (eq .Values.stage "inject" | ternary $args (append $args "--answered")) -}}
{{- end -}}
