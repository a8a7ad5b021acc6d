import type { Decision } from './decision.ts'
import { destinationsOf, nameOfService } from './destination-services.ts'
import { findingsOf } from './explain.ts'
import { formOf } from './form.ts'
import { isSet } from './json.ts'
import { formatMeshRef } from './mesh.ts'
import { glooVersionIn } from './observe.ts'
import { type Change, planOf } from './plan.ts'
import { type HeardBy, hearAll, type PolicyRule, ruleOn } from './policy.ts'
import { type Finding, isFinding } from './reasons.ts'
import type { Facts, JsonObject } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { meshOf } from './upstream-certificates.ts'
import { markedSslConfig, sinceOf } from './upstream-ownership.ts'
import { writeOf } from './write-of.ts'

/**
 * How an Upstream stands: `mtls` and `plain` are as they should be, `pending` is about to be written,
 * `observed` would be, were the stage `inject`, `waiting` is for a proxy, `kept` has an `sslConfig` of somebody else, `refused` needs somebody's attention.
 */
export type Standing = 'mtls' | 'plain' | 'pending' | 'observed' | 'waiting' | 'kept' | 'refused'

/** All there is to say of one Upstream, as data. */
export interface UpstreamReport {
  readonly namespace: string
  readonly name: string
  /** `default/details:9080`; empty for what is no Service. */
  readonly destination: string
  readonly standing: Standing
  readonly reason: string
  readonly message: string
  readonly findings: readonly Finding[]
  /** `istio-system.istio`; empty when no mesh is meant, or none can be told. */
  readonly mesh: string
  readonly mode: string
  /** When mutual TLS was switched on (RFC 3339); empty when it is off, or nobody noted it. */
  readonly since: string
  /** The rule that spoke; empty when none did. */
  readonly by: PolicyRule | ''
  readonly rules: readonly HeardBy[]
  /** What is to be written, or would be, were the stage `inject`. */
  readonly patch: Change['patch']
}

export const reportOn = (upstream: JsonObject, facts: Facts): UpstreamReport => {
  const write = writeOf(upstream)
  const change = planOf(upstream, facts)
  const { decision, patch, held } = change
  const mesh = meshOf(write, facts)
  const form = isFinding(mesh) ? mesh : formOf(facts, glooVersionIn(facts, write.namespace), mesh)
  const isMeant = standingOf(change) !== 'plain'
  return {
    namespace: write.namespace,
    name: write.name,
    destination: destinationText(upstream, facts),
    standing: standingOf(change),
    reason: decision.finding.reason,
    message: decision.finding.message,
    findings: findingsOf(decision),
    mesh: isFinding(mesh) || !isMeant ? '' : formatMeshRef(mesh),
    mode: isFinding(form) || !isMeant ? '' : form.mode,
    since: sinceOf(upstream) ?? '',
    by: ruleOn(write, facts).by ?? '',
    rules: hearAll(write, facts),
    patch: [...patch, ...held],
  }
}

const destinationText = (upstream: JsonObject, { clusterDomain }: Facts): string =>
  destinationsOf(upstream, clusterDomain)
    .map(destination => {
      const { port } = destination
      return nameOfService(destination) + (port === undefined ? '' : `:${port}`)
    })
    .join(', ')

const STANDINGS: Partial<Record<Decision['finding']['reason'], Standing>> = {
  AlreadyEnabled: 'mtls',
  WaitingForProxy: 'waiting',
  SslConfigKept: 'kept',
  SslConfigChanged: 'kept',
}

const standingOf = ({ object, decision, patch, held }: Change): Standing => {
  const { level, reason } = decision.finding
  if (patch.length + held.length > 0) {
    if (reason === 'MarkRestored') return 'mtls'
    return held.length > 0 ? 'observed' : 'pending'
  }
  const known = STANDINGS[reason]
  if (known) return known
  if (level === 'warning') return 'refused'
  return isSet(viewUpstream(object).sslConfig) &&
    markedSslConfig(writeOf(object)).state !== 'intact'
    ? 'kept'
    : 'plain'
}
