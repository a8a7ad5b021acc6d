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
{{- include "gloo-istio.validatePod" . -}}
{{- include "gloo-istio.validateWebhook" . -}}
{{- else if eq .Values.certificates.source "cert-manager" -}}
{{- fail "webhook.url is set, but certificates.source is cert-manager, which would make a certificate for a Service that is not there. Set certificates.source to files, with webhook.caBundle where you publish the authority yourself." -}}
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
{{- $certificates := .Values.certificates -}}
{{- $source := $certificates.source -}}
{{- $issuer := default dict (default dict $certificates.certManager).issuerRef -}}
{{- if and (eq $source "files") (not $certificates.secretName) -}}
{{- fail "certificates.source is files, but certificates.secretName is empty: there is nothing to serve with. Set it to a Secret of type kubernetes.io/tls that also holds ca.crt." -}}
{{- end -}}
{{- if and (ne $source "files") $certificates.secretName -}}
{{- fail (printf "certificates.secretName is set, but certificates.source is %s: the Secret would not be read. Set certificates.source to files, or remove certificates.secretName." $source) -}}
{{- end -}}
{{- if and (ne $source "files") .Values.webhook.caBundle -}}
{{- fail (printf "webhook.caBundle is set, but certificates.source is %s, which makes an authority of its own: the API server would refuse it. Set certificates.source to files, or remove webhook.caBundle." $source) -}}
{{- end -}}
{{- if and (ne $source "cert-manager") $issuer -}}
{{- fail (printf "certificates.certManager.issuerRef is set, but certificates.source is %s: the issuer would not be asked. Set certificates.source to cert-manager, or remove the issuer." $source) -}}
{{- end -}}
{{- if and $issuer (not $issuer.name) -}}
{{- fail "certificates.certManager.issuerRef has no name: there is nobody to ask. Set certificates.certManager.issuerRef.name." -}}
{{- end -}}
{{- if and (eq $source "cert-manager") (lt (include "gloo-istio.seconds" $certificates.certificateLife | int) 3600) -}}
{{- fail (printf "certificates.certificateLife is %s, but cert-manager makes none for less than an hour. Set it to 1h or more." $certificates.certificateLife) -}}
{{- end -}}
{{- if lt (include "gloo-istio.seconds" $certificates.authorityLife | int64) (mul 3 (include "gloo-istio.seconds" $certificates.certificateLife | int64)) -}}
{{- fail (printf "certificates.authorityLife is %s, which is less than three times certificates.certificateLife, %s: an authority would run out before what it signed. Make the first longer, or the second shorter." $certificates.authorityLife $certificates.certificateLife) -}}
{{- end -}}
{{- end -}}

{{- define "gloo-istio.seconds" -}}
{{- $factor := get (dict "s" 1 "m" 60 "h" 3600) (regexFind "[smh]$" .) -}}
{{- mul $factor (regexFind "^[0-9]+" . | int64) -}}
{{- end -}}

{{- define "gloo-istio.validatePod" -}}
{{- $port := int .Values.webhook.port -}}
{{- $metrics := int .Values.metrics.port -}}
{{- if eq $port $metrics -}}
{{- fail (printf "webhook.port and metrics.port are both %d: only one of them could listen. Change one of them." $port) -}}
{{- end -}}
{{- if .Values.hostNetwork -}}
{{- /* kubernetes@1.37.2:pkg/cluster/ports/ports.go, and the API server and etcd of kubeadm. */ -}}
{{- $taken := list 2379 2380 6443 10248 10249 10250 10255 10256 10257 10258 10259 10260 -}}
{{- range $value, $number := dict "webhook.port" $port "metrics.port" $metrics -}}
{{- if has $number $taken -}}
{{- fail (printf "%s is %d, but with hostNetwork Kubernetes itself has that port on nodes. Set it to another, for instance 10270." $value $number) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if lt (int .Values.terminationGracePeriodSeconds) (add 10 .Values.drainSeconds | int) -}}
{{- fail (printf "terminationGracePeriodSeconds is %d, but drainSeconds is %d: a process could be killed while it still answers. Make the first at least ten seconds longer." (int .Values.terminationGracePeriodSeconds) (int .Values.drainSeconds)) -}}
{{- end -}}
{{- end -}}

{{- define "gloo-istio.validateWebhook" -}}
{{- $client := default dict .Values.webhook.clientAuthentication -}}
{{- if and $client.names (not $client.configMapName) -}}
{{- fail "webhook.clientAuthentication.names is set, but configMapName is empty: no certificate would be asked for, and anybody could call. Set configMapName, or remove the names." -}}
{{- end -}}
{{- if and (include "gloo-istio.isOwnNamespaceExcluded" .) (eq (include "gloo-istio.namespace" .) "gloo-system") -}}
{{- fail "the release's namespace is gloo-system, where Gloo lives, but webhook.excludeReleaseNamespace is true: writes of its Upstreams and proxies would never be sent. Set webhook.excludeReleaseNamespace to false, or install into a namespace of its own." -}}
{{- end -}}
{{- if and (or .Values.hooks.check.namespace .Values.hooks.postInstallCheck.enabled) (not (include "gloo-istio.checkNamespace" .)) -}}
{{- fail (printf "hooks.check.namespace is %s, whose writes are not sent to the webhook: the check could only fail. Set it to a namespace that is not excluded." (default "default" .Values.hooks.check.namespace)) -}}
{{- end -}}
{{- end -}}
