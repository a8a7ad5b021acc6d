import { fillBlanks } from './sentence.ts'

/** What mutual TLS hangs on, from what was decided to what goes over the wire; the first that breaks is the cause. */
export const LINKS = [
  'decision',
  'stored',
  'admin',
  'cluster',
  'certificate',
  'trust',
  'endpoints',
  'handshakes',
] as const
export type LinkName = (typeof LINKS)[number]

interface BreakRow {
  readonly link: LinkName
  readonly sentence: string
  /** What to do now. */
  readonly hint: string
}

/** Every way in which the chain breaks. The code is API: it is never renamed or reused. */
export const BREAKS = {
  NotDecided: {
    link: 'decision',
    sentence: 'mutual TLS is not switched on: {message} [{reason}]',
    hint: 'gloo-istio explain upstream {upstream} shows how that came about',
  },
  NotStored: {
    link: 'stored',
    sentence: 'the Upstream does not hold what is decided: {message} [{reason}]',
    hint: 'gloo-istio backfill writes it; see that the webhook runs, which would have',
  },
  NoReadyPod: {
    link: 'admin',
    sentence: '{proxy} has no pod that is ready, so nothing can be asked',
    hint: 'kubectl describe pods -n {namespace} says what they wait for',
  },
  AdminForbidden: {
    link: 'admin',
    sentence: 'pod {pod} may not be asked: {why}',
    hint: 'it takes the verbs get and create on pods/portforward in namespace {namespace}',
  },
  AdminUnreachable: {
    link: 'admin',
    sentence: 'Envoy’s admin API in pod {pod} cannot be asked at port {port}: {why}',
    hint: 'name its port by --admin-port: it is in Envoy’s bootstrap, under admin.address',
  },
  SdsClusterMissing: {
    link: 'cluster',
    sentence: 'certificates are to come by cluster {sds}, which Envoy does not have',
    hint: 'it belongs in Envoy’s bootstrap, which is read at the start: write the ConfigMap anew, restart the proxy',
  },
  ClusterMissing: {
    link: 'cluster',
    sentence: 'Envoy has no cluster {cluster}; it refused {rejected} updates of its clusters',
    hint: 'see the status of the Upstream, whether a route leads to it, and what Envoy’s log says of the cluster',
  },
  PlainText: {
    link: 'cluster',
    sentence: 'Envoy’s cluster {cluster} speaks plain text, not mutual TLS',
    hint: 'Gloo has not handed the sslConfig on: see the status of the Upstream and the log of gloo',
  },
  NotPlain: {
    link: 'cluster',
    sentence: 'Envoy’s cluster {cluster} speaks mutual TLS, which the Upstream does not ask for',
    hint: 'Gloo has not handed the change on: see the status of the Upstream and the log of gloo',
  },
  OtherForm: {
    link: 'cluster',
    sentence: 'Envoy’s cluster {cluster} has {seen}, not {wanted}',
    hint: 'Envoy has not taken the last change: see the status of the Upstream, and Envoy’s log for a cluster that it refused',
  },
  AlpnMissing: {
    link: 'cluster',
    sentence:
      'Envoy’s cluster {cluster} offers ALPN {seen}, not {wanted}, so a workload in PERMISSIVE mode takes it for something else',
    hint: 'see that gloo.version is the Gloo that runs',
  },
  SanMismatch: {
    link: 'cluster',
    sentence: 'Envoy’s cluster {cluster} accepts {seen}, but decided is {wanted}',
    hint: 'Envoy has not taken the last change: see the status of the Upstream',
  },
  StillWarming: {
    link: 'cluster',
    sentence: 'Envoy still prepares cluster {cluster}, and goes by the one before',
    hint: 'wait a moment (--wait); if it stays so, see Envoy’s log',
  },
  SdsUnreachable: {
    link: 'certificate',
    sentence: 'Envoy gets no certificate from {server}: {failures} attempts failed',
    hint: 'see that the container that serves it runs: kubectl get pod -n {namespace} {pod}, and its log',
  },
  CertificateMissing: {
    link: 'certificate',
    sentence: 'Envoy still waits for its certificate, {source}',
    hint: 'see the log of the container that serves it, and whether the mesh issues one to {identity}',
  },
  CertificateExpired: {
    link: 'certificate',
    sentence: 'Envoy’s certificate ran out at {until}, {ago} ago',
    hint: 'see that its issuer answers: the log of istio-proxy or the age of Citadel’s Secret; with sslFiles, restart the proxy',
  },
  CertificateNotYetValid: {
    link: 'certificate',
    sentence: 'Envoy’s certificate is valid from {from} only',
    hint: 'see that the clocks of the node and of the issuer agree',
  },
  WrongIdentity: {
    link: 'certificate',
    sentence: 'Envoy’s certificate is that of {seen}, but the proxy is {wanted}',
    hint: 'see which ServiceAccount the Secret or the token of the pod belongs to, and the trustDomain of the mesh',
  },
  TrustMissing: {
    link: 'trust',
    sentence: 'Envoy still waits for the authorities it is to trust, {source}',
    hint: 'see the log of the container that serves them',
  },
  AuthorityExpired: {
    link: 'trust',
    sentence: 'every authority that Envoy trusts has run out, the last at {until}',
    hint: 'the root of the mesh has to be renewed, and the proxies restarted',
  },
  CaMismatch: {
    link: 'trust',
    sentence:
      'Envoy’s certificate was signed by {issuer}, but Envoy trusts {authorities}: workloads of that mesh will not take it',
    hint: 'the root of the mesh has changed half-way: restart the proxy, and see that its certificate is of the same mesh',
  },
  NoEndpoint: {
    link: 'endpoints',
    sentence: '{healthy} of {total} endpoints of cluster {cluster} are healthy',
    hint: 'see that pods stand behind {destination}, and are ready',
  },
  PeerNameRefused: {
    link: 'handshakes',
    sentence: 'the workloads show another name than {names}: Envoy broke off {failures} handshakes',
    hint: 'see the ServiceAccount of the pods behind {destination}, and annotation gloo-istio.io/subject-alt-names of the Upstream',
  },
  PeerAuthorityRefused: {
    link: 'handshakes',
    sentence:
      'the workloads show a certificate that Envoy’s authorities did not sign: Envoy broke off {failures} handshakes',
    hint: 'see that the workloads are of the same mesh, and restart those that are older than its root',
  },
  HandshakeFails: {
    link: 'handshakes',
    sentence: '{failures} of {connections} connections to the workloads failed',
    hint: 'see that the pods behind {destination} have Istio’s sidecar and take mutual TLS at that port (PeerAuthentication)',
  },
  NoHandshake: {
    link: 'handshakes',
    sentence: 'no request has gone there since cluster {cluster} is as it is',
    hint: 'send one through the gateway',
  },
  PodsDiffer: {
    link: 'trust',
    sentence: 'the pods do not trust the same authorities: {differences}',
    hint: 'the root of the mesh has changed half-way: restart the pods that trust the old one alone',
  },
} as const satisfies Readonly<Record<string, BreakRow>>

export type BreakCode = keyof typeof BREAKS

/** Where the chain breaks, why, and what to do. */
export interface Break {
  readonly code: BreakCode
  readonly link: LinkName
  readonly message: string
  readonly hint: string
}

/** Names in braces that a sentence or hint has. */
type Blank<S extends string> = S extends `${string}{${infer B}}${infer Rest}`
  ? B | Blank<Rest>
  : never
type Values<C extends BreakCode> = Readonly<
  Record<Blank<(typeof BREAKS)[C]['sentence']> | Blank<(typeof BREAKS)[C]['hint']>, string | number>
>

export const breakOf = <C extends BreakCode>(code: C, values: Values<C>): Break => {
  const { link, sentence, hint } = BREAKS[code]
  const texts = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, String(value)]),
  )
  return { code, link, message: fillBlanks(sentence, texts), hint: fillBlanks(hint, texts) }
}

/** `unseen` is as decided as far as one can tell: nothing has happened that would show it. */
export type LinkState = 'ok' | 'unseen' | 'broken'

export interface Link {
  readonly link: LinkName
  readonly state: LinkState
  /** What was found there, in a few words. */
  readonly seen: string
  readonly break?: Break
}

export const okLink = (link: LinkName, seen: string): Link => ({ link, state: 'ok', seen })

export const unseenLink = (link: LinkName, seen: string): Link => ({ link, state: 'unseen', seen })

export const brokenLink = (found: Break, seen: string): Link => ({
  link: found.link,
  state: 'broken',
  seen,
  break: found,
})

/** Those that break, in the order of the chain. */
export const breaksIn = (links: readonly Link[]): readonly Break[] =>
  LINKS.flatMap(name => links.filter(({ link }) => link === name)).flatMap(link =>
    link.break === undefined ? [] : [link.break],
  )
