import { breakOf, brokenLink, type Link, okLink, unseenLink } from './verify-breaks.ts'
import { namesText } from './verify-cluster.ts'

/** What Envoy counted at one moment. */
export interface Counted {
  /** TLS handshakes that were done. */
  readonly handshakes: number
  /** Handshakes that Envoy broke off on account of the other side’s name. */
  readonly wrongName: number
  /** The same on account of who signed its certificate, or that it ran out. */
  readonly wrongAuthority: number
  /** TLS that broke in another way. */
  readonly broken: number
}

/** The endpoints of a cluster since it is as it is. */
export interface EndpointsSeen {
  readonly total: number
  readonly healthy: number
  readonly connections: number
  readonly failed: number
  /** Requests that got an answer. */
  readonly answered: number
}

export interface TrafficSeen {
  readonly endpoints: EndpointsSeen
  readonly counted: Counted
  /** A moment later, where something had failed; else undefined. */
  readonly later: Counted | undefined
}

export interface TrafficWanted {
  readonly cluster: string
  readonly names: readonly string[]
  /** Where the Upstream leads to, for people. */
  readonly destination: string
}

export const endpointsLink = (
  { cluster, destination }: TrafficWanted,
  { endpoints: { healthy, total } }: TrafficSeen,
): Link => {
  const text = `${healthy} of ${total} healthy`
  return healthy > 0
    ? okLink('endpoints', text)
    : brokenLink(breakOf('NoEndpoint', { cluster, healthy, total, destination }), text)
}

/**
 * Whether handshakes are done. Counters outlive a change of the cluster, those of its endpoints do not. Truth table:
 * fails just now | answered | connections | failed or broken | outcome
 * yes            | any      | any         | any              | broken
 * no             | yes      | any         | any              | ok
 * no             | no       | none        | any              | unseen
 * no             | no       | some        | yes              | broken
 * no             | no       | some        | no               | ok
 */
export const handshakesLink = (wanted: TrafficWanted, seen: TrafficSeen): Link => {
  const { endpoints, counted, later } = seen
  const now = later ?? counted
  const text = handshakesText(endpoints, now)
  const fresh = minus(now, counted)
  if (failuresOf(fresh) > 0) return failing(wanted, endpoints, fresh, text)
  if (endpoints.answered > 0) return okLink('handshakes', text)
  if (endpoints.connections === 0) return unseenLink('handshakes', text)
  const isFailing = endpoints.failed > 0 || now.broken > 0
  return isFailing
    ? failing(wanted, endpoints, ofThisCluster(endpoints, now), text)
    : okLink('handshakes', text)
}

const failuresOf = ({ wrongName, wrongAuthority, broken }: Counted): number =>
  wrongName + wrongAuthority + broken

const minus = (now: Counted, before: Counted): Counted => ({
  handshakes: now.handshakes - before.handshakes,
  wrongName: now.wrongName - before.wrongName,
  wrongAuthority: now.wrongAuthority - before.wrongAuthority,
  broken: now.broken - before.broken,
})

/** What is counted beyond the failures of this cluster may be of one before, and tells no cause. */
const ofThisCluster = ({ failed }: EndpointsSeen, now: Counted): Counted =>
  now.wrongName + now.wrongAuthority <= failed ? now : { ...now, wrongName: 0, wrongAuthority: 0 }

const failing = (
  wanted: TrafficWanted,
  { connections, failed }: EndpointsSeen,
  { wrongName, wrongAuthority, broken }: Counted,
  text: string,
): Link => {
  const destination = wanted.destination || 'the Upstream'
  const names = namesText(wanted.names)
  if (wrongName > 0)
    return brokenLink(breakOf('PeerNameRefused', { failures: wrongName, names, destination }), text)
  if (wrongAuthority > 0)
    return brokenLink(breakOf('PeerAuthorityRefused', { failures: wrongAuthority }), text)
  // One that the workload breaks off was a connection; one that it refuses never became one.
  const failures = failed > 0 ? failed : Math.min(broken, connections)
  return brokenLink(breakOf('HandshakeFails', { failures, connections, destination }), text)
}

const handshakesText = ({ connections, answered }: EndpointsSeen, counted: Counted): string =>
  connections === 0
    ? 'no request has gone there yet'
    : `${counted.handshakes} done, ${failuresOf(counted)} failed; ${answered} requests answered`
