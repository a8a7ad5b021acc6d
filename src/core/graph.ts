import { type Destination, destinationsOf } from './destination-services.ts'
import { certificateSecretOf } from './gateway-proxy.ts'
import { verifiedOf } from './identity-asked.ts'
import { textAt } from './json.ts'
import type { Mode } from './matrix.ts'
import { placeOf } from './named-upstream.ts'
import { proxiesServing } from './proxies-serving.ts'
import { isFinding } from './reasons.ts'
import { allObjects } from './snapshot.ts'
import type { Facts, JsonObject, Mesh } from './types.ts'
import { meshOf } from './upstream-certificates.ts'
import { reportOn, type Standing, type UpstreamReport } from './upstream-report.ts'
import { writeOf } from './write-of.ts'

/** How a way is drawn, the one that needs somebody most first. */
export const STATES = ['refused', 'waiting', 'mtls', 'plain'] as const
export type State = (typeof STATES)[number]

/** The way of one Upstream: gateways, the namespaces it leads to, the Services there, and how it stands. */
export interface Way
  extends Pick<
    UpstreamReport,
    'namespace' | 'name' | 'standing' | 'reason' | 'message' | 'mesh' | 'mode' | 'since' | 'by'
  > {
  readonly state: State
  /** `gloo-system/gateway-proxy`, for each proxy that may take this way. */
  readonly gateways: readonly string[]
  /** Empty for what is no Service of the cluster. */
  readonly destinations: readonly Destination[]
  /** SPIFFE names that the gateways show; none where somebody else's TLS is kept, which may say others. */
  readonly shown: readonly string[]
  /** SPIFFE names of which the other side has to show one; empty accepts any of the mesh. */
  readonly accepted: readonly string[]
  /** Secrets that hold the gateways' certificates, `gloo-system/istio.gateway-proxy`; empty where a pod keeps them. */
  readonly secrets: readonly string[]
  /** When the first of the gateways' certificates ends (RFC 3339); empty when that is unknown. */
  readonly notAfter: string
}

/** When certificates end (RFC 3339), by the Secret that holds them: `gloo-system/istio.gateway-proxy`. */
export type Certificates = ReadonlyMap<string, string>

/** The way of every Upstream that is known, or of some of them. */
export const waysIn = (
  facts: Facts,
  certificates: Certificates = new Map(),
  upstreams: readonly JsonObject[] = allObjects(facts.snapshot?.upstreams),
): readonly Way[] => {
  const serving = new Map<string, readonly JsonObject[]>()
  return upstreams.map(upstream => {
    const namespace = textAt(upstream, 'metadata', 'namespace')
    const proxies =
      serving.get(namespace) ?? (facts.snapshot ? proxiesServing(facts.snapshot, namespace) : [])
    serving.set(namespace, proxies)
    return wayOf(upstream, facts, { proxies, certificates })
  })
}

interface Serving {
  readonly proxies: readonly JsonObject[]
  readonly certificates: Certificates
}

const wayOf = (upstream: JsonObject, facts: Facts, { proxies, certificates }: Serving): Way => {
  const report = reportOn(upstream, facts)
  const { namespace, name, standing, reason, message, mesh, mode, since, by } = report
  const secrets = secretsOf(proxies, mode)
  return {
    namespace,
    name,
    state: stateOf(report),
    standing,
    reason,
    message,
    mesh,
    mode,
    since,
    by,
    gateways: proxies.map(placeOf),
    destinations: destinationsOf(upstream, facts.clusterDomain),
    ...(standing === 'kept' ? NOBODY : identitiesOn(upstream, facts, { mesh, proxies })),
    secrets,
    notAfter: firstEnd(secrets, certificates),
  }
}

const STATE_OF: Readonly<Record<Standing, State>> = {
  mtls: 'mtls',
  plain: 'plain',
  pending: 'waiting',
  observed: 'waiting',
  waiting: 'waiting',
  kept: 'refused',
  refused: 'refused',
}

/** TLS of somebody's own on what nobody selected is not refused: nobody asked for anything. */
const stateOf = ({ standing, findings }: UpstreamReport): State =>
  standing === 'kept' && findings[0]?.level !== 'warning' ? 'plain' : STATE_OF[standing]

const NOBODY = { shown: [], accepted: [] }

const identitiesOn = (
  upstream: JsonObject,
  facts: Facts,
  told: { readonly mesh: string; readonly proxies: readonly JsonObject[] },
) => {
  const write = writeOf(upstream)
  const mesh = meshOf(write, facts)
  if (told.mesh === '' || isFinding(mesh)) return NOBODY
  const verified = verifiedOf(write, facts, mesh)
  return {
    shown: [...new Set(told.proxies.map(proxy => identityOf(proxy, mesh)))],
    accepted: isFinding(verified) ? [] : (verified.asked.subjectAltNames ?? []),
  }
}

const SECRET_PREFIX = 'istio.'

const identityOf = (proxy: JsonObject, { trustDomain }: Mesh): string => {
  const account = certificateSecretOf(proxy).slice(SECRET_PREFIX.length)
  return `spiffe://${trustDomain}/ns/${textAt(proxy, 'metadata', 'namespace')}/sa/${account}`
}

const READING: readonly Mode[] = ['citadel-files', 'citadel-sds']

/** The Secrets that a mode reads; Citadel's alone are any, all others keep certificates inside of a pod. */
const secretsOf = (proxies: readonly JsonObject[], mode: string): readonly string[] =>
  READING.some(reading => reading === mode) ? [...new Set(proxies.map(secretOf))] : []

const secretOf = (proxy: JsonObject): string =>
  `${textAt(proxy, 'metadata', 'namespace')}/${certificateSecretOf(proxy)}`

/** Unknown as long as one of them is: that one may be the first. */
const firstEnd = (secrets: readonly string[], certificates: Certificates): string => {
  const known = secrets.map(secret => certificates.get(secret)).filter(end => end !== undefined)
  return known.length < secrets.length ? '' : (known.toSorted()[0] ?? '')
}

/** What `Certificates` should tell of. */
export const secretsBehind = (ways: readonly Pick<Way, 'secrets'>[]): readonly string[] => [
  ...new Set(ways.flatMap(({ secrets }) => secrets)),
]

/** How many ways there are in each state. */
export const countStates = (
  ways: readonly Pick<Way, 'state'>[],
): Readonly<Record<State, number>> => {
  const counts = { refused: 0, waiting: 0, mtls: 0, plain: 0 }
  for (const { state } of ways) counts[state] += 1
  return counts
}

/** `details:9080`, as pictures name the end of a way. */
export const labelOf = ({ service, port }: Destination): string =>
  port === undefined ? service : `${service}:${port}`
