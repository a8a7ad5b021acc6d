import { type Break, breakOf, brokenLink, type Link } from './verify-breaks.ts'
import {
  certificateLink,
  type MaterialSeen,
  type MaterialWanted,
  trustLink,
  trustOf,
} from './verify-certificate.ts'
import { type ClustersSeen, clusterLink } from './verify-cluster.ts'
import type { UpstreamWanted } from './verify-decision.ts'
import { endpointsLink, handshakesLink, type TrafficSeen } from './verify-handshakes.ts'

/** All that one Envoy said of an Upstream. */
export interface EnvoySeen extends ClustersSeen, MaterialSeen, TrafficSeen {}

/** A pod of a proxy. */
export interface ProxyPod {
  /** `Deployment gloo-system/gateway-proxy` */
  readonly proxy: string
  readonly namespace: string
  /** Empty when the proxy has no pod to ask. */
  readonly name: string
  readonly serviceAccount: string
}

/** A pod, and what was found there. */
export interface PodVerified {
  readonly pod: ProxyPod
  readonly links: readonly Link[]
  /** Which authorities Envoy trusts there; empty where it has none. */
  readonly trust: string
}

/** The links of one pod, up to the first that breaks: what hangs on it says nothing. */
export const verifyPod = (
  wanted: UpstreamWanted,
  pod: ProxyPod,
  seen: EnvoySeen,
  now: number,
): PodVerified => {
  const links = untilBroken(chainOf(wanted, materialWanted(wanted, pod, now), seen))
  return { pod, links, trust: trustOf(seen) }
}

const chainOf = (
  wanted: UpstreamWanted,
  material: MaterialWanted,
  seen: EnvoySeen,
): readonly (() => Link | undefined)[] => {
  const { tls, report } = wanted
  const cluster = () => clusterLink(wanted, seen)
  if (tls === undefined) return [cluster]
  const traffic = {
    cluster: seen.cluster?.name ?? '',
    names: tls.names,
    destination: report.destination,
  }
  return [
    cluster,
    ...(tls.certificate === undefined ? [] : [() => certificateLink(material, seen)]),
    () => trustLink(material, seen),
    () => warmingLink(seen),
    () => endpointsLink(traffic, seen),
    () => handshakesLink(traffic, seen),
  ]
}

/** What is prepared without end although nothing is missing. */
const warmingLink = ({ cluster }: EnvoySeen): Link | undefined =>
  cluster?.isWarming
    ? brokenLink(breakOf('StillWarming', { cluster: cluster.name }), 'still being prepared')
    : undefined

const untilBroken = (chain: readonly (() => Link | undefined)[]): readonly Link[] => {
  const links: Link[] = []
  for (const ask of chain) {
    const link = ask()
    if (link) links.push(link)
    if (link?.break) break
  }
  return links
}

const materialWanted = (wanted: UpstreamWanted, pod: ProxyPod, now: number): MaterialWanted => ({
  certificate: wanted.tls?.certificate,
  authorities: wanted.tls?.authorities,
  identity: identityOf(wanted, pod),
  pod,
  now,
})

/** Whose certificate a pod is to have; undefined where the certificate is none of a mesh. */
export const identityOf = (
  { trustDomain }: Pick<UpstreamWanted, 'trustDomain'>,
  { namespace, serviceAccount }: Pick<ProxyPod, 'namespace' | 'serviceAccount'>,
): string | undefined =>
  trustDomain === undefined
    ? undefined
    : `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`

/** A pod that told nothing, or a proxy that has none. */
export const unaskedPod = (pod: ProxyPod, found: Break): PodVerified => ({
  pod,
  links: [brokenLink(found, 'not asked')],
  trust: '',
})
