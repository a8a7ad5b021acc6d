import type { PartName } from '../parts/parts.ts'

/** A way to hand the gateway its certificates, and versions that it was made for. */
export interface Mode {
  readonly name: string
  readonly gloo: string
  readonly istio: string
  /** Who issues the certificates. */
  readonly issuer: 'citadel' | 'node-agent' | 'istiod'
  /** What the pod template holds once it is injected, and not before. */
  readonly sign: string
}

export const modes: readonly Mode[] = [
  {
    name: 'citadel-files',
    gloo: '0.13.13',
    istio: '1.0.6',
    issuer: 'citadel',
    sign: '/etc/certs/',
  },
  {
    name: 'node-agent-sds',
    gloo: '1.3.20',
    istio: '1.3.8',
    issuer: 'node-agent',
    sign: '/var/run/sds',
  },
  {
    name: 'citadel-sds',
    gloo: '1.9.0',
    istio: '1.4.10',
    issuer: 'citadel',
    sign: '/etc/istio-certs',
  },
  {
    name: 'istio-agent',
    gloo: '1.17.3',
    istio: '1.22.3',
    issuer: 'istiod',
    sign: '/etc/istio-certs',
  },
  {
    name: 'agent-socket',
    gloo: '1.17.3',
    istio: '1.22.3',
    issuer: 'istiod',
    sign: '/var/run/secrets/workload-spiffe-uds',
  },
]

export const findMode = (name: string): Mode | undefined => modes.find(mode => mode.name === name)

/** For a name that is known to be one. */
export const modeNamed = (name: string): Mode => {
  const mode = findMode(name)
  if (mode === undefined) throw new Error(`there is no mode ${name}`)
  return mode
}

/** Gloo before 1.0: its own shape of Upstreams, and no account for its gateway. */
export const isOld = ({ gloo }: Mode) => gloo.startsWith('0.')

export const serviceAccountOf = (mode: Mode) => (isOld(mode) ? 'default' : 'gateway-proxy')

export const partsFor = ({ issuer }: Mode): readonly PartName[] => [
  'kubernetes',
  'kubectl',
  'helm',
  'envoy',
  ...(issuer === 'istiod' ? (['istio'] as const) : []),
]

export const MESH = { namespace: 'supergloo-system', name: 'istio' }

/** Values of the chart: what an administrator would say of this Gloo and this mesh. */
export const valuesOf = (mode: Mode, mesh: Readonly<Record<string, unknown>>) => ({
  // Gloo before 1.12.4 asks for certificates by way of a cluster of the bootstrap only.
  gloo: { version: mode.gloo, bootstrapCluster: mode.name === 'citadel-sds' },
  meshes: [{ ...MESH, istioVersion: mode.istio, mode: mode.name, ...mesh }],
})
