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

  NotSelected: { level: 'info', sentence: 'annotation gloo-istio.io/mtls is not set' },
  OptedOut: { level: 'info', sentence: 'annotation {annotation} is "disabled"' },
  InvalidAnnotation: {
    level: 'warning',
    sentence: 'metadata.annotations[{annotation}] is {value}: use {allowed}; left as it is',
  },
  MalformedMeshReference: {
    level: 'warning',
    sentence: 'metadata.annotations[{annotation}]: {value} is not a mesh: write <namespace>.<name>',
  },
  UnknownMesh: {
    level: 'warning',
    sentence: 'metadata.annotations[{annotation}]: mesh {mesh} is not configured; known: {known}',
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
  MeshHasNoFiles: {
    level: 'warning',
    sentence:
      'mesh {mesh} runs Istio {version}, which writes no certificate Secrets (1.0 to 1.4 do)',
  },
  DestinationNotInMesh: {
    level: 'warning',
    sentence: '{field} is no destination inside a mesh; sslConfig left as it is',
  },
  InvalidSpec: { level: 'warning', sentence: '{field} is of the wrong type; left as it is' },
  AlreadyEnabled: { level: 'info', sentence: '{field} holds the certificates of mesh {mesh}' },
  SslConfigKept: {
    level: 'warning',
    sentence: '{field} was set by someone else and is kept; remove it to use mesh {mesh}',
  },
  MtlsEnabled: { level: 'info', sentence: '{field} filled with the certificates of mesh {mesh}' },

  NotGatewayProxy: { level: 'info', sentence: 'labels do not say gloo: gateway-proxy' },
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
    sentence:
      'mesh {mesh} not mounted: volume {volume} is not Secret {secret}; remove or rename it',
  },
  CertificatesMounted: {
    level: 'info',
    sentence: 'container {container} gets the certificates of {meshes} from Secret {secret}',
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
