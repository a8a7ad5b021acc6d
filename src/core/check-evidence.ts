import type { Facts, JsonObject } from './types.ts'

/** What checks look at: plain data, gathered by whoever may ask. */

/** What there is to be seen beside the facts, each by one question. */
export type ObjectSource =
  | 'apiGroups'
  | 'crds'
  | 'allNamespaces'
  | 'mutatingWebhooks'
  | 'validatingWebhooks'
  | 'releaseDeployments'
  | 'releasePods'
  | 'releaseConfigMaps'
  | 'releaseServices'
  | 'disruptionBudgets'
  | 'leases'
  | 'endpointSlices'
  | 'roleBindings'
  | 'managedCertificates'
  | 'rootAuthorities'
  | 'nodeAgents'
  | 'upstreamStates'
  | 'contestedEvents'

/** The same with what is not kept as objects. `meshConfig istio-system/istio` is one of the others. */
export type Source =
  | ObjectSource
  | 'rights'
  | 'authority'
  | 'servingSecret'
  | 'citadelSecrets'
  | 'trial'
  | FactSource

export type FactSource =
  | 'namespaces'
  | 'services'
  | 'pods'
  | 'proxies'
  | 'controlPlanes'
  | 'proxyDaemonSets'
  | 'settings'
  | 'upstreams'
  | 'peerAuthentications'
  | 'policies'
  | 'meshPolicies'
  | 'bootstraps'

/** One certificate, without its key. Times are milliseconds since 1970. */
export interface CertificateSeen {
  readonly subject: string
  readonly issuer: string
  readonly notBefore: number
  readonly notAfter: number
  /** SHA-256. */
  readonly fingerprint: string
}

/** Certificates that stand somewhere; empty when there is text, but no certificate in it. */
export interface CertificatesAt {
  /** `Secret gloo-system/istio.default`, for instance. */
  readonly place: string
  readonly isThere: boolean
  readonly certificates: readonly CertificateSeen[]
}

/** The Secret of the authority that replicas share. */
export interface AuthoritySeen {
  readonly place: string
  readonly isThere: boolean
  /** What is wrong with it; undefined when it can sign. */
  readonly problem: string | undefined
  readonly current: readonly CertificateSeen[]
  readonly next: readonly CertificateSeen[]
  readonly former: readonly CertificateSeen[]
}

/** What the API server made of an Upstream that it was only to try out. */
export interface Trial {
  readonly kind: 'filled' | 'answered' | 'unanswered' | 'failed'
  readonly namespace: string
  readonly text: string
}

/** Whether the caller may do something. */
export interface RightSeen {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly isAllowed: boolean
}

export interface ReleaseSeen {
  readonly namespace: string
  /** Full name of its objects. */
  readonly name: string
}

export interface Evidence {
  /** Milliseconds since 1970, by the clock of the API server where it told. */
  readonly now: number
  /** How far the clock of this machine is ahead of it; undefined when it did not tell. */
  readonly skew: number | undefined
  /** Version of this program. */
  readonly program: string
  /** `v1.37.2`; empty when unknown. */
  readonly kubernetes: string
  readonly facts: Facts
  /** What the configuration of the release breaks, a line each. */
  readonly violations: readonly string[]
  /** The one that is looked at. */
  readonly release: ReleaseSeen
  /** All that are in the cluster. */
  readonly releases: readonly ReleaseSeen[]
  /** Why something could not be seen. */
  readonly unseen: Readonly<Record<string, string>>
  readonly objects: Readonly<Record<ObjectSource, readonly JsonObject[]>>
  readonly bundles: readonly CertificatesAt[]
  /** Undefined when certificates come from elsewhere. */
  readonly authority: AuthoritySeen | undefined
  /** The Secret that the process mounts; undefined when it makes certificates itself. */
  readonly serving: CertificatesAt | undefined
  readonly citadelSecrets: readonly CertificatesAt[]
  readonly rootAuthorities: readonly CertificatesAt[]
  readonly rights: readonly RightSeen[]
  readonly trial: Trial | undefined
  /** Lent to the core, which has no calendar: milliseconds since 1970 of an RFC 3339 text, NaN for any other. */
  readonly readTime: (text: string) => number
}
