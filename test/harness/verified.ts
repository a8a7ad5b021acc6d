import { type UpstreamWanted, upstreamWanted } from '../../src/core/verify-decision.ts'
import { type EnvoySeen, verifyPod } from '../../src/core/verify-pod.ts'
import type { Tls } from '../../src/core/verify-tls.ts'
import { factsOn, mesh, upstream } from './build.ts'
import { settled } from './cluster.ts'

const KNOWN = factsOn('1.17.3', mesh('istio-system.istio', { istioVersion: '1.22.3' }))
export const WANTED = upstreamWanted(settled(upstream(), KNOWN), KNOWN)
export const PLAIN = upstreamWanted(upstream({}, {}), KNOWN)
const NOW = 1_000_000
const moment = (milliseconds: number) => ({ milliseconds, text: String(milliseconds) })
export const POD = {
  proxy: 'Deployment gloo-system/gateway-proxy',
  namespace: 'gloo-system',
  name: 'pod-1',
  serviceAccount: 'gateway-proxy',
}
export const CERTIFICATE = {
  names: ['spiffe://cluster.local/ns/gloo-system/sa/gateway-proxy'],
  subject: 'root',
  issuer: 'root',
  serial: '01',
  from: moment(0),
  until: moment(2 * NOW),
}
export const seen = (tls: Tls | undefined, more: Partial<EnvoySeen> = {}): EnvoySeen => ({
  cluster: { name: 'c', isWarming: false, tls, isByEndpoint: false },
  hasSdsCluster: undefined,
  rejected: 0,
  certificate: CERTIFICATE,
  authorities: [CERTIFICATE],
  isTrusted: true,
  sdsFailures: 0,
  endpoints: { total: 1, healthy: 1, connections: 1, failed: 0, answered: 1 },
  counted: { handshakes: 1, wrongName: 0, wrongAuthority: 0, broken: 0 },
  later: undefined,
  ...more,
})
export const GOOD = seen(WANTED.tls)
export const QUIET = { endpoints: { total: 1, healthy: 1, connections: 0, failed: 0, answered: 0 } }
export const verified = (found: EnvoySeen, name = 'pod-1', wanted: UpstreamWanted = WANTED) =>
  verifyPod(wanted, { ...POD, name }, found, NOW)
