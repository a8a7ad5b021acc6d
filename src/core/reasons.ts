import { fillBlanks } from './sentence.ts'

/**
 * Every reason there is: its level, its sentence, and what it is about in the reference.
 * The code is API: it is never renamed or reused. `warning` means that the user should act.
 */
export const REASONS = {
  OperationIgnored: { level: 'info', sentence: '{operation} requests are admitted as they are' },
  SubresourceIgnored: {
    level: 'info',
    sentence: 'writes of {subresource} are admitted as they are',
  },
  StatusOnly: { level: 'info', sentence: 'labels, annotations and spec are what they were' },

  NotSelected: { level: 'info', sentence: 'no annotation, label or default selects it' },
  SelectedByAnnotation: {
    level: 'info',
    sentence: 'selected by its annotation gloo-istio.io/mtls',
  },
  SelectedByService: {
    level: 'info',
    sentence: 'selected by annotation gloo-istio.io/mtls of Service {service}',
  },
  SelectedByNamespace: {
    level: 'info',
    sentence: 'selected by label gloo-istio.io/mtls of namespace {namespace}',
  },
  SelectedAsMember: { level: 'info', sentence: 'selected because its Service is in the mesh' },
  SelectedByDefault: { level: 'info', sentence: 'selected because all are' },
  OptedOutByService: {
    level: 'info',
    sentence: 'annotation gloo-istio.io/mtls of Service {service} is "disabled"',
  },
  OptedOutByNamespace: {
    level: 'info',
    sentence: 'label gloo-istio.io/mtls of namespace {namespace} is "disabled"',
  },
  InvalidSelection: {
    level: 'warning',
    sentence: '{where} is {value}: use "enabled" or "disabled"; left as it is',
  },
  DestinationsDiffer: {
    level: 'warning',
    sentence:
      'some of its hosts are selected and others are not: set annotation gloo-istio.io/mtls; left as it is',
  },
  UninjectAsked: { level: 'info', sentence: 'gloo-istio uninject leaves nothing of its own' },
  OptedOut: { level: 'info', sentence: 'annotation {annotation} is "disabled"' },
  InvalidAnnotation: {
    level: 'warning',
    sentence: 'metadata.annotations[{annotation}] is {value}: use {allowed}; left as it is',
  },
  MalformedMeshReference: {
    level: 'warning',
    sentence: '{where}: {value} is not a mesh: write <namespace>.<name>',
  },
  UnknownMesh: {
    level: 'warning',
    sentence: '{where}: mesh {mesh} is not known; known: {known}',
  },
  NoMeshConfigured: {
    level: 'warning',
    sentence:
      'no mesh is configured, so nothing was filled: add one to "meshes" in the configuration',
  },
  AmbiguousMesh: {
    level: 'warning',
    sentence: 'several meshes are configured: set annotation gloo-istio.io/mesh to one of {known}',
  },
  MeshRemoved: { level: 'info', sentence: 'mesh {mesh} is not configured any more' },

  GlooVersionUnknown: {
    level: 'warning',
    sentence:
      'the version of Gloo is unknown, so nothing was changed: set gloo.version, or restart a proxy to have it seen',
  },
  GlooVersionVague: {
    level: 'warning',
    sentence:
      'Gloo {gloo} may or may not take what would be written: set gloo.version to its open source version, with the patch',
  },
  GlooVersionDiffers: {
    level: 'warning',
    sentence:
      'this proxy runs Gloo {gloo}, but the configuration says {configured}, which Upstreams go by: correct gloo.version',
  },
  IstioVersionUnknown: {
    level: 'warning',
    sentence:
      'the Istio of mesh {mesh} is unknown, so nothing was changed: set its istioVersion in the configuration',
  },
  NoModeFits: {
    level: 'warning',
    sentence: 'no certificates of Istio {istio} reach Gloo {gloo}: take {wayOut}',
  },
  ModeDoesNotFit: {
    level: 'warning',
    sentence:
      'mode {mode} is for {ranges}, not Gloo {gloo} with Istio {istio}: set the mode of the mesh to auto',
  },
  MeshNotCarried: {
    level: 'warning',
    sentence:
      'mesh {mesh} is left out: a proxy takes one mesh in mode {mode}, and {first} comes first; pin another mode',
  },
  BootstrapClusterMissing: {
    level: 'warning',
    sentence:
      'Gloo {gloo} needs cluster {cluster} in Envoy’s bootstrap: write the ConfigMap anew, restart the proxies, then set gloo.bootstrapCluster',
  },
  AlpnNotSent: {
    level: 'warning',
    sentence:
      'Gloo {gloo} does not send ALPN istio: workloads in STRICT mode take it, those in PERMISSIVE mode do not',
  },
  GlooRefuses: { level: 'warning', sentence: 'Gloo {gloo} refuses {field}: {why}' },

  DestinationNotInMesh: {
    level: 'warning',
    sentence: '{field} is no destination inside a mesh; sslConfig left as it is',
  },
  ServiceDecides: {
    level: 'warning',
    sentence: 'annotation {annotation} of the Service decides about its TLS; left as it is',
  },
  SidecarOnGateway: {
    level: 'warning',
    sentence: 'the gateway has a whole Istio sidecar, which encrypts already: nothing to add',
  },
  AutoMtlsOn: {
    level: 'warning',
    sentence:
      'Gloo’s auto-mTLS is on and decides for each endpoint: set gloo.autoMtls to overridden to have it replaced',
  },
  AmbientDestination: {
    level: 'warning',
    sentence: 'namespace {namespace} is in ambient mode: its workloads take no TLS from a gateway',
  },
  PlaintextDestination: {
    level: 'warning',
    sentence: '{policy} disables mutual TLS there: it would break every request',
  },
  NoSidecars: {
    level: 'warning',
    sentence: '{pods} have a sidecar: plain text it is, until they have',
  },
  MixedSidecars: {
    level: 'warning',
    sentence: '{pods} have a sidecar: switched on once all have, for plain text reaches both kinds',
  },
  MixedSidecarsStrict: {
    level: 'warning',
    sentence:
      '{pods} have a sidecar, and {policy} is STRICT: left as it is, for either way breaks some',
  },
  SidecarsMissing: {
    level: 'warning',
    sentence:
      '{pods} have a sidecar; the others cannot answer, but mutual TLS was asked for by annotation',
  },
  IdentityUnknown: {
    level: 'warning',
    sentence: 'no pod is known behind {service}, so any identity of the mesh is accepted',
  },
  IdentityVerified: { level: 'info', sentence: 'only {names} accepted' },
  WaitingForProxy: {
    level: 'warning',
    sentence: 'waits for {proxy}, which does not carry mesh {mesh} yet: {why}',
  },
  ProxyLetsGo: {
    level: 'warning',
    sentence: '{proxy} gives up mesh {mesh}, so Upstreams let go of it first: {why}',
  },
  StillUsed: {
    level: 'warning',
    sentence: 'kept until Upstreams have let go of it: {upstreams}',
  },
  Contested: {
    level: 'warning',
    sentence:
      'somebody undid what gloo-istio wrote ({reason}): it is written once a minute at most, so find out who',
  },
  WriteRefused: {
    level: 'warning',
    sentence: 'the API server refuses what is to be written ({reason}): {message}',
  },
  FactsStale: {
    level: 'warning',
    sentence: 'the API server was not heard of for a while: decided by what was known before',
  },
  MarkRestored: {
    level: 'info',
    sentence: '{field} holds the certificates of mesh {mesh}; its lost mark is back',
  },
  SslConfigUnmarked: {
    level: 'info',
    sentence: '{field} is as gloo-istio would write it, but bears no mark of it: left as it is',
  },
  InvalidSpec: { level: 'warning', sentence: '{field} is of the wrong type; left as it is' },
  AlreadyEnabled: { level: 'info', sentence: '{field} holds the certificates of mesh {mesh}' },
  SslConfigKept: {
    level: 'warning',
    sentence: '{field} was set by someone else and is kept; remove it to use mesh {mesh}',
  },
  SslConfigChanged: {
    level: 'warning',
    sentence:
      '{field} was changed after gloo-istio wrote it and is kept; remove it to use mesh {mesh}',
  },
  MtlsEnabled: {
    level: 'info',
    sentence: '{field} filled with the certificates of mesh {mesh}, by {mode}',
  },
  MtlsRemoved: { level: 'info', sentence: '{field}, which gloo-istio wrote, is gone: {why}' },

  NotGatewayProxy: {
    level: 'info',
    sentence: 'no proxy of Gloo, by its labels and its containers',
  },
  EnvoyContainerNotFound: {
    level: 'warning',
    sentence: 'no container named {names}, none mounts envoy-config at /etc/envoy; nothing mounted',
  },
  NothingToMount: { level: 'info', sentence: 'no configured mesh has certificates to mount' },
  AlreadyMounted: {
    level: 'info',
    sentence: 'container {container} has the certificates of {meshes}',
  },
  MountPathTaken: {
    level: 'warning',
    sentence: 'mesh {mesh} not mounted: {path} of container {container} overlaps {wanted}; move it',
  },
  VolumeNameTaken: {
    level: 'warning',
    sentence: 'mesh {mesh} not mounted: volume {volume} is something else; remove or rename it',
  },
  ContainerNameTaken: {
    level: 'warning',
    sentence: 'mesh {mesh} not injected: {path} is something else; rename it or pin another mode',
  },
  PortTaken: {
    level: 'warning',
    sentence: 'mesh {mesh} not injected: container {container} has port {port} already',
  },
  ProxyImageUnknown: {
    level: 'warning',
    sentence:
      'the image of istio-proxy for mesh {mesh} is unknown: set its istioVersion with the patch, or its proxyImage',
  },
  SdsImageUnknown: {
    level: 'warning',
    sentence:
      'mesh {mesh} not injected: no sds image is known beside {image}; set gloo.sdsImage in the configuration',
  },
  SidecarsPresent: {
    level: 'info',
    sentence: 'containers sds and istio-proxy are there already and serve mesh {mesh}',
  },
  SdsExposed: {
    level: 'warning',
    sentence:
      'container {container} was there before and serves keys to whoever reaches port {port} of the pod: guard it',
  },
  SdsPortFixed: {
    level: 'warning',
    sentence:
      'mesh {mesh} not injected: container {container} is there already, on port {port}: set sdsPort to it',
  },
  UserUnset: {
    level: 'warning',
    sentence:
      '{container} has runAsNonRoot without runAsUser: unless the cluster gives one user to the whole pod, sds cannot read the key',
  },
  HostNetworkPorts: {
    level: 'warning',
    sentence:
      'hostNetwork: ports {ports} are those of the node, so another such proxy there cannot start',
  },
  HostPathNeeded: {
    level: 'warning',
    sentence:
      'mode node-agent-sds mounts a hostPath, which PodSecurity baseline and restricted refuse',
  },
  CertificatesStayOld: {
    level: 'warning',
    sentence:
      'Envoy reads certificate files once: restart {container} within 45 days of each start, before they expire',
  },
  AdditionChanged: {
    level: 'warning',
    sentence: '{path} was changed after gloo-istio added it and is kept; remove it to have it anew',
  },
  CertificatesMounted: {
    level: 'info',
    sentence: 'container {container} gets the certificates of {meshes}',
  },
  CertificatesRemoved: {
    level: 'info',
    sentence: 'what gloo-istio had added is gone: {why}',
  },

  NotBootstrap: { level: 'info', sentence: 'no Envoy bootstrap of a proxy of Gloo' },
  BootstrapUnreadable: {
    level: 'warning',
    sentence:
      'data[{key}] has no list static_resources.clusters, or more than 128 KiB; left as it is',
  },
  BootstrapNotNeeded: {
    level: 'info',
    sentence: 'no mesh needs a cluster in the bootstrap with this Gloo',
  },
  BootstrapComplete: { level: 'info', sentence: 'data[{key}] has clusters {clusters}' },
  BootstrapExtended: {
    level: 'info',
    sentence: 'data[{key}] gets clusters {clusters}: restart the proxies that read it',
  },
  BootstrapRestored: {
    level: 'info',
    sentence: 'clusters that gloo-istio had added to data[{key}] are gone: {why}',
  },
} as const satisfies Record<string, { level: Level; sentence: string }>

export type Level = 'info' | 'warning'
export type Reason = keyof typeof REASONS

/** A reason and its sentence: the one pair that every surface prints. */
export interface Finding {
  readonly reason: Reason
  readonly message: string
  readonly level: Level
}

type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never
type Values<R extends Reason> = { readonly [N in Names<(typeof REASONS)[R]['sentence']>]: string }

/** Tells a finding from whatever else a question may answer with. */
export const isFinding = (answer: unknown): answer is Finding =>
  typeof answer === 'object' && answer !== null && 'reason' in answer

/** A finding with the blanks of its sentence filled in. */
export const finding = <R extends Reason>(reason: R, values: Values<R>): Finding => {
  const { level, sentence } = REASONS[reason]
  return { reason, level, message: fillBlanks(sentence, values) }
}

// Kubernetes cuts a warning of more than 256 bytes, so what a user wrote is quoted in part.
const QUOTED_MAX = 60

/** A value that a user wrote, made safe for one line: JSON escapes, cut when it is long. */
export const quote = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length <= QUOTED_MAX ? text : `${text.slice(0, QUOTED_MAX).toWellFormed()}…`
}
