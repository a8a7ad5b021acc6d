import type { ReasonTable } from './sentence.ts'

/** Reasons of Upstreams: who selected them, what they lead to, what became of them. */
export const UPSTREAM_REASONS = {
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
} as const satisfies ReasonTable
