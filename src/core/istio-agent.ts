import type { Form } from './form.ts'
import { has } from './matrix.ts'
import { discoveryAddressOf } from './mesh.ts'
import { jwtPolicyOf } from './proxy-paths.ts'

/** The first agent has Istio's port, a further one in the same pod its own. */
const STATUS_PORT = 15_020
const STATUS_PORT_STEP = 100

/** Whether the agent runs an Envoy beside it: older ones must, and for the socket it needs some child. */
export const hasEnvoy = ({ mode, pair }: Form): boolean =>
  mode === 'agent-socket' || !has('agent-without-envoy', pair)

/** Every port that the agent listens on, and the Envoy of an older one. */
export const agentPorts = (form: Form): readonly number[] => {
  const isOld = form.mode === 'istio-agent' && hasEnvoy(form)
  return [statusPort(form.slot), ...(isOld ? [15_000, 15_001, 15_006, 15_021, 15_090] : [])]
}

const statusPort = (slot: number) => STATUS_PORT + STATUS_PORT_STEP * slot

/** As Gloo's chart passes them; agents ignore flags they do not know (istio@1.5.0 to 1.31). */
export const agentArguments = (form: Form): readonly string[] => [
  'proxy',
  'sidecar',
  '--domain',
  `$(POD_NAMESPACE).svc.${form.clusterDomain}`,
  '--configPath',
  '/etc/istio/proxy',
  ...(has('pilot-address', form.pair) ? oldArguments(form) : []),
  '--serviceCluster',
  'istio-proxy-prometheus',
  '--drainDuration',
  '45s',
  '--parentShutdownDuration',
  '1m0s',
  '--proxyLogLevel=warning',
  '--proxyComponentLogLevel=misc:error',
  '--connectTimeout',
  '10s',
  '--controlPlaneAuthPolicy',
  'NONE',
  '--dnsRefreshRate',
  '300s',
  '--controlPlaneBootstrap=false',
]

/** gloo@v1.5.0:projects/gloo/cli/pkg/cmd/istio/sidecars */
const oldArguments = ({ mesh, pair, slot }: Form): readonly string[] => [
  '--binaryPath',
  '/usr/local/bin/envoy',
  '--discoveryAddress',
  mesh.discoveryAddress ?? `istio-pilot.${mesh.istioNamespace}.svc:15012`,
  '--proxyAdminPort',
  '15000',
  '--statusPort',
  slot === 0 && has('agent-cluster-id', pair) ? '15021' : `${statusPort(slot)}`,
  `--trust-domain=${mesh.trustDomain}`,
]

/** The agent writes this file before it starts Envoy, which idles on it: no listener, no admin port. */
const IDLE_BOOTSTRAP = '/etc/istio/proxy/grpc-bootstrap.json'

const proxyConfig = (form: Form): string =>
  JSON.stringify({
    discoveryAddress: discoveryAddressOf(form.mesh),
    ...(form.slot > 0 && { statusPort: statusPort(form.slot) }),
    ...(form.mode === 'agent-socket' && { concurrency: 1, customConfigFile: IDLE_BOOTSTRAP }),
  })

/** A variable that takes a field of the pod. */
export const fromField = (name: string, fieldPath: string) => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
})

/** The environment of the agent (gloo@v1.17.0:install/helm/gloo/templates/7-gateway-proxy-deployment.yaml). */
export const agentVariables = (form: Form): readonly object[] => {
  const { mesh, mode, pair } = form
  const set = (name: string, value: string) => ({ name, value })
  return [
    ...(mode === 'istio-agent' ? [set('OUTPUT_CERTS', '/etc/istio-certs')] : []),
    set('JWT_POLICY', jwtPolicyOf(form)),
    set('PILOT_CERT_PROVIDER', 'istiod'),
    set('CA_ADDR', discoveryAddressOf(mesh)),
    set('ISTIO_META_MESH_ID', mesh.meshId ?? mesh.trustDomain),
    ...(has('agent-cluster-id', pair)
      ? [set('ISTIO_META_CLUSTER_ID', mesh.clusterId ?? 'Kubernetes')]
      : []),
    set('PROXY_CONFIG', proxyConfig(form)),
    fromField('POD_NAME', 'metadata.name'),
    fromField('POD_NAMESPACE', 'metadata.namespace'),
    fromField('INSTANCE_IP', 'status.podIP'),
    fromField('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    fromField('HOST_IP', 'status.hostIP'),
    fromField('ISTIO_META_POD_NAME', 'metadata.name'),
    fromField('ISTIO_META_CONFIG_NAMESPACE', 'metadata.namespace'),
    ...(hasEnvoy(form) ? [] : [set('DISABLE_ENVOY', 'true')]),
    ...(mode === 'agent-socket' ? [set('GRPC_XDS_BOOTSTRAP', IDLE_BOOTSTRAP)] : []),
  ]
}
