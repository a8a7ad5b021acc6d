import { volumeNameOf } from './certificate-paths.ts'
import { type Form, proxyImageOf, sidecarNames } from './form.ts'
import { agentArguments, agentVariables, fromField, hasEnvoy } from './istio-agent.ts'
import { has } from './matrix.ts'
import { type GatewayProxy, GLOO_USER } from './proxy.ts'
import { AGENT_SOCKET_FOLDER, needsToken, SDS_FOLDER, TOKEN_FOLDER } from './proxy-paths.ts'
import type { JsonObject } from './types.ts'

/** What a volume of ours is for; empty: certificates as files. */
export type Purpose = '' | 'sds' | 'certs' | 'ca' | 'envoy' | 'token' | 'cred' | 'uds' | 'keys'

type Named = JsonObject & { readonly name: string }

/** Whom both sidecars run as: the agent's files are for its own user only. Never root. */
export const sidecarUser = ({ reader }: GatewayProxy): number | undefined =>
  reader === 0 ? GLOO_USER : reader

/** What PodSecurity asks of a container at its strictest. */
const restricted = (proxy: GatewayProxy) => {
  const runAsUser = sidecarUser(proxy)
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    ...(runAsUser !== undefined && { runAsUser }),
    seccompProfile: { type: 'RuntimeDefault' },
  }
}

const memory = (cpu: string, request: string, limit: string) => ({
  requests: { cpu, memory: request },
  limits: { memory: limit },
})

/** The mount of one of our volumes. */
export const mountOf = (form: Form, purpose: Purpose, mountPath: string, isReadOnly = false) => ({
  name: volumeNameOf(form.mesh, purpose),
  mountPath,
  ...(isReadOnly && { readOnly: true }),
})

/**
 * Gloo's sds container, on the loopback only: from 1.12.0 on its own default is every address, where
 * any pod could ask for the key. So it has no probe from outside (gloo@v1.12.0:projects/sds/pkg/run).
 */
export const sdsContainer = (form: Form, proxy: GatewayProxy, isReadOnly: boolean): Named => {
  const { sds, port, certificate, validation } = sidecarNames(form)
  const names = [
    { name: 'ISTIO_SERVER_CERT', value: certificate },
    { name: 'ISTIO_VALIDATION_CONTEXT', value: validation },
  ]
  return {
    name: sds,
    image: proxy.sdsImage,
    imagePullPolicy: 'IfNotPresent',
    env: [
      fromField('POD_NAME', 'metadata.name'),
      fromField('POD_NAMESPACE', 'metadata.namespace'),
      { name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' },
      { name: 'SDS_SERVER_ADDRESS', value: `127.0.0.1:${port}` },
      ...(form.slot > 0 ? names : []),
    ],
    resources: memory('10m', '32Mi', '128Mi'),
    securityContext: restricted(proxy),
    volumeMounts: [
      mountOf(form, 'certs', SDS_FOLDER, isReadOnly),
      ...(proxy.hasEnvoyConfig
        ? [{ name: 'envoy-config', mountPath: '/etc/envoy', readOnly: true }]
        : []),
    ],
  }
}

/** Where newer agents put their sockets, and may put their keys (istio@1.14.0:pkg/security/security.go). */
const workloadFolders = (form: Form) => [
  mountOf(form, 'cred', '/var/run/secrets/credential-uds'),
  mountOf(form, 'uds', AGENT_SOCKET_FOLDER),
  mountOf(form, 'keys', '/var/run/secrets/workload-spiffe-credentials'),
]

/** Istio's agent as Gloo's chart runs it, and as Istio's own images take it. */
export const agentContainer = (form: Form, proxy: GatewayProxy): Named => ({
  name: sidecarNames(form).istioProxy,
  image: proxyImageOf(form),
  imagePullPolicy: 'IfNotPresent',
  args: agentArguments(form),
  env: agentVariables(form),
  resources: hasEnvoy(form) ? memory('20m', '128Mi', '1Gi') : memory('10m', '64Mi', '256Mi'),
  securityContext: restricted(proxy),
  volumeMounts: [
    mountOf(form, 'ca', '/var/run/secrets/istio', true),
    mountOf(form, 'envoy', '/etc/istio/proxy'),
    ...(form.mode === 'istio-agent' ? [mountOf(form, 'certs', SDS_FOLDER)] : []),
    ...(needsToken(form) ? [mountOf(form, 'token', TOKEN_FOLDER, true)] : []),
    ...(has('workload-socket', form.pair) ? workloadFolders(form) : []),
  ],
})
