import { type Version, within } from './version.ts'

/** Versions that are known of one pair; undefined where nothing says which one runs. */
export interface Pair {
  readonly gloo: Version | undefined
  readonly istio: Version | undefined
}

interface Row {
  /** Versions of Gloo and of Istio it holds for, as `within` reads them. */
  readonly gloo: string
  readonly istio: string
  /** What it is, and why the edges are where they are, for an operator. */
  readonly about: string
  /** Where the edges were read or seen. */
  readonly source: string
}

export interface ModeRow extends Row {
  /** What the gateway gets, and what its Upstreams get. */
  readonly proxy: string
  readonly upstream: string
  /** Whether `mode: auto` takes it. The others need something that no version tells. */
  readonly auto: boolean
}

/**
 * The matrix: every way to hand certificates of a mesh to a gateway, and the versions that it works
 * with. `auto` takes the first that fits.
 */
export const MODES = {
  'citadel-files': {
    gloo: '0.0 - 1.9.7, 1.10.0 - 1.10.5',
    istio: '1.0 - 1.4',
    proxy: 'Secret volume',
    upstream: 'sslFiles',
    auto: true,
    about:
      'Citadel writes Secrets until Istio 1.4. Later Gloo takes the paths in sslFiles for certificates and refuses them. Envoy reads the files once.',
    source: 'gloo@v1.9.8:projects/gloo/pkg/utils/ssl.go',
  },
  'citadel-sds': {
    gloo: '1.5.0+',
    istio: '1.0 - 1.4',
    proxy: 'container sds with the Secret',
    upstream: 'sds',
    auto: true,
    about:
      'Gloo’s sds container reads the keys that Citadel writes and serves them anew when they change.',
    source: 'gloo@v1.5.0:projects/sds/pkg/run/run.go',
  },
  'istio-agent': {
    gloo: '1.5.0+',
    istio: '1.5+',
    proxy: 'containers istio-proxy and sds',
    upstream: 'sds',
    auto: true,
    about: 'Istio’s agent fetches the certificates, Gloo’s sds container serves them to Envoy.',
    source:
      'gloo@v1.17.0:install/helm/gloo/templates/7-gateway-proxy-deployment.yaml, istio@1.5.0:pilot/cmd/pilot-agent',
  },
  'node-agent-sds': {
    gloo: '0.11.2 - 1.5',
    istio: '1.1 - 1.4',
    proxy: 'hostPath /var/run/sds',
    upstream: 'sds with callCredentials',
    auto: false,
    about:
      'Istio’s node agent, which is off by default. From 1.6.0 on Gloo asks in an API that no node agent speaks.',
    source:
      'gloo@v1.6.0:projects/gloo/pkg/utils/ssl.go, istio@1.1.0:security/pkg/nodeagent/sds/sdsservice.go',
  },
  'agent-socket': {
    gloo: '1.12.4+',
    istio: '1.14+',
    proxy: 'container istio-proxy, its socket shared',
    upstream: 'sds by targetUri',
    auto: false,
    about:
      'Envoy asks Istio’s agent itself, over its workload socket: no sds container. Pin it where one container less counts.',
    source: 'istio@1.14.0:pkg/security/security.go, gloo#6799',
  },
} as const satisfies Readonly<Record<string, ModeRow>>

export type Mode = keyof typeof MODES

export const MODE_NAMES = Object.keys(MODES) as readonly Mode[]

/** What else changed with a version and decides about a shape: the rest of the matrix. */
export const TRAITS = {
  alpn: {
    gloo: '1.3.20+',
    istio: 'any',
    about: 'Gloo knows alpnProtocols; workloads in PERMISSIVE mode want ALPN istio.',
    source: 'gloo@v1.4.0:changelog, gloo#3994',
  },
  'alpn-over-sds': {
    gloo: '1.5.20 - 1.5, 1.6.24 - 1.6, 1.7.3+',
    istio: 'any',
    about: 'Gloo sends alpnProtocols with sds too; before, only workloads in STRICT mode answer.',
    source: 'gloo#3994',
  },
  'sds-by-address': {
    gloo: '1.9.23 - 1.9, 1.10.36 - 1.10, 1.11.29 - 1.11, 1.12.4+',
    istio: 'any',
    about:
      'targetUri alone is enough; before, Envoy’s bootstrap needs a cluster gateway_proxy_sds.',
    source: 'gloo#6799',
  },
  'sds-cluster': {
    gloo: '1.5.0+',
    istio: 'any',
    about: 'sds works without callCredentials; before, Gloo crashes on it.',
    source: 'gloo@v1.4.15:projects/gloo/pkg/utils/ssl.go',
  },
  'root-ca-alone': {
    gloo: '0.0 - 1.9.7, 1.10.0 - 1.10.5, 1.11.0+',
    istio: 'any',
    about: 'sslFiles with a rootCa and nothing else is taken.',
    source: 'gloo#6021',
  },
  'empty-sslconfig': {
    gloo: '1.3.24+',
    istio: 'any',
    about: 'An empty sslConfig is one-way TLS; before, Gloo refuses it.',
    source: 'gloo@v1.4.0:projects/gloo/pkg/utils/ssl.go',
  },
  'ssl-service-annotations': {
    gloo: '1.0.0+',
    istio: 'any',
    about: 'Annotations gloo.solo.io/sslService.* of a Service make the sslConfig.',
    source: 'gloo@v1.22.1:projects/gloo/pkg/plugins/kubernetes/serviceconverter',
  },
  'upstream-config-annotation': {
    gloo: '1.10.0+',
    istio: 'any',
    about: 'Annotation gloo.solo.io/upstream_config of a Service may hold an sslConfig.',
    source: 'gloo@v1.22.1:projects/gloo/pkg/plugins/kubernetes/serviceconverter',
  },
  'sds-ee-image': {
    gloo: '1.17.0+',
    istio: 'any',
    about: 'Gloo Enterprise has an sds image of its own, sds-ee.',
    source: 'gloo@v1.17.0:docs/content/operations/upgrading/faq.md',
  },
  'misspelt-token-header': {
    gloo: 'any',
    istio: '1.1',
    about: 'The node agent reads istio_sds_credentail_header-bin (sic).',
    source: 'istio@1.1.0:security/pkg/nodeagent/sds/sdsservice.go',
  },
  'first-party-token': {
    gloo: 'any',
    istio: '1.1 - 1.2',
    about: 'The node agent takes the plain token of the service account unless told otherwise.',
    source: 'istio@1.1.0:install/kubernetes/helm/istio/values-istio-sds-auth.yaml',
  },
  'pilot-address': {
    gloo: 'any',
    istio: '1.5 - 1.6',
    about: 'The agent gets ports and the address of istio-pilot as flags.',
    source: 'gloo@v1.5.0:projects/gloo/cli/pkg/cmd/istio/sidecars',
  },
  'agent-cluster-id': {
    gloo: 'any',
    istio: '1.6+',
    about: 'The agent takes a cluster ID, and its readiness is at port 15021, before at 15020.',
    source: 'gloo@v1.6.0:projects/gloo/cli/pkg/cmd/istio/sidecars',
  },
  'agent-without-envoy': {
    gloo: 'any',
    istio: '1.11+',
    about: 'DISABLE_ENVOY is honoured: no idle Envoy, and agents of several meshes fit one pod.',
    source: 'istio@1.11.0:pkg/istio-agent',
  },
  'workload-socket': {
    gloo: 'any',
    istio: '1.14+',
    about: 'The agent has its SDS socket and its certificates under workload-spiffe-*.',
    source: 'istio@1.14.0:pkg/security/security.go, gloo#8676',
  },
} as const satisfies Readonly<Record<string, Row>>

export type Trait = keyof typeof TRAITS

/** Whether a row holds for a pair; undefined when a version is unknown or too vague to tell. */
export const holdsFor = ({ gloo, istio }: Row, pair: Pair): boolean | undefined => {
  const answers = [fits(gloo, pair.gloo), fits(istio, pair.istio)]
  if (answers.includes(false)) return false
  return answers.includes(undefined) ? undefined : true
}

const fits = (range: string, version: Version | undefined): boolean | undefined => {
  if (range === 'any') return true
  return version === undefined ? undefined : within(range, version)
}

/** Whether a trait is known to hold. */
export const has = (trait: Trait, pair: Pair): boolean => holdsFor(TRAITS[trait], pair) === true
