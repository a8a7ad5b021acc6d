import { PROXY_REASONS } from './proxy-reasons.ts'
import { fillBlanks, type Level, type ReasonTable } from './sentence.ts'
import { UPSTREAM_REASONS } from './upstream-reasons.ts'

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

  FactsNotSynced: {
    level: 'warning',
    sentence: 'gloo-istio has just started and does not know the cluster yet: left as it is',
  },
  StageObserve: { level: 'info', sentence: 'would be done with stage inject, but it is observe' },
  StageWarn: {
    level: 'warning',
    sentence: 'would be done with stage inject, but it is warn: {message} [{reason}]',
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
  NoMeshFound: {
    level: 'info',
    sentence: 'no mesh is configured, and no control plane of Istio is found: left as it is',
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
  ...UPSTREAM_REASONS,
  ...PROXY_REASONS,
} as const satisfies ReasonTable

export type { Level } from './sentence.ts'
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

// What breaks a line, is not seen, or turns the text around it; JSON leaves these as they are.
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu

const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`

/** A value that a user wrote, made safe for one line: what is unseen is escaped, and it is cut when it is long. */
export const quote = (value: unknown): string => {
  const text = (JSON.stringify(value) ?? 'undefined').replaceAll(UNSEEN, escaped)
  return text.length <= QUOTED_MAX ? text : `${text.slice(0, QUOTED_MAX).toWellFormed()}…`
}
