import { MESH_ANNOTATION, MTLS_ANNOTATION } from './annotations.ts'
import { lackingSidecars } from './destination-rules.ts'
import { destinationsOf } from './destination-services.ts'
import { findingsOf } from './explain.ts'
import { formOf } from './form.ts'
import { isSet } from './json.ts'
import { meshByReference } from './mesh.ts'
import { glooVersionIn } from './observe.ts'
import { diff } from './patch.ts'
import type { Change } from './plan.ts'
import { ruleOn } from './policy.ts'
import { type Finding, finding, isFinding } from './reasons.ts'
import { injectInStage } from './review.ts'
import type { Staged } from './stage.ts'
import type { Facts, JsonObject } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { annotated, withoutEmptyAnnotations } from './upstream-annotations.ts'
import { writeOf } from './write-of.ts'

/**
 * How an Upstream stands once what was asked for is written. Asked to be on: `on`, `waiting` for a proxy,
 * `observed` for the stage holds it back, or `refused`. Asked to be off: `off`, `observed`, `selected` by
 * somebody else still, or `kept` for its `sslConfig` is of somebody else.
 */
export type Standing = 'on' | 'waiting' | 'observed' | 'refused' | 'off' | 'selected' | 'kept'

/** What comes of asking for mutual TLS on one Upstream, or for its end. */
export interface MtlsAnswer {
  readonly standing: Standing
  /** Of the Upstream as it stands; empty when it is refused, or there is nothing to do. */
  readonly change: Change
  /** The one that decided, then what else there is to know. */
  readonly findings: readonly Finding[]
  /** `istio-system.istio`; empty when it is asked to be off. */
  readonly mesh: string
  /** Empty when none can be told. */
  readonly mode: string
}

/** What would become of an Upstream that asks for this mesh by its annotations; `time` is RFC 3339. */
export const requestMtls = (
  upstream: JsonObject,
  reference: string,
  facts: Facts,
  time = '',
): MtlsAnswer => {
  const asked = annotated(upstream, {
    [MTLS_ANNOTATION]: 'enabled',
    [MESH_ANNOTATION]: reference,
  })
  const staged = stagedFor(asked, facts, time)
  const answer = { mesh: reference, mode: modeOf(asked, reference, facts) }
  const refusals = refusalsOf({ upstream, asked, reference, staged }, facts)
  if (refusals.length === 0)
    return { ...answer, standing: standingAsked(staged), ...changeOf(upstream, staged) }
  const change = { object: upstream, decision: staged.decision, patch: [], held: [] }
  return { ...answer, standing: 'refused', change, findings: refusals }
}

/** What would become of an Upstream that asks for nothing any more, or asks to be left out. */
export const withdrawRequest = (
  upstream: JsonObject,
  facts: Facts,
  { optOut, time = '' }: { readonly optOut: boolean; readonly time?: string },
): MtlsAnswer => {
  const asked = annotated(upstream, {
    [MTLS_ANNOTATION]: optOut ? 'disabled' : undefined,
    [MESH_ANNOTATION]: undefined,
  })
  const staged = stagedFor(asked, facts, time)
  const { say, finding: ruling } = ruleOn(writeOf(asked), facts)
  const { change, findings } = changeOf(upstream, staged)
  const isSelected = say === 'on' || say === 'unclear'
  return {
    standing: isSelected ? 'selected' : standingWithdrawn(staged),
    change,
    findings: isSelected ? [ruling, ...others(findings, ruling)] : findings,
    mesh: '',
    mode: '',
  }
}

const stagedFor = (asked: JsonObject, facts: Facts, time: string): Staged =>
  injectInStage(writeOf(asked, { operation: 'UPDATE', time }), facts)

const isToBeFilled = ({ decision }: Staged): boolean =>
  decision.kind === 'write-ssl-config' && decision.sslConfig !== undefined

const standingAsked = (staged: Staged): Standing => {
  const { reason } = staged.decision.finding
  if (isToBeFilled(staged)) return staged.held.length > 0 ? 'observed' : 'on'
  if (reason === 'AlreadyEnabled') return 'on'
  return reason === 'WaitingForProxy' ? 'waiting' : 'refused'
}

const standingWithdrawn = ({ object, held }: Staged): Standing => {
  if (held.length > 0) return 'observed'
  return isSet(viewUpstream(object).sslConfig) ? 'kept' : 'off'
}

interface Asked {
  readonly upstream: JsonObject
  readonly asked: JsonObject
  readonly reference: string
  readonly staged: Staged
}

/** Why nothing is written; empty when something may be. */
const refusalsOf = (
  { upstream, asked, reference, staged }: Asked,
  facts: Facts,
): readonly Finding[] => {
  const mesh = meshByReference(facts, '--target-mesh', reference)
  if (isFinding(mesh)) return [mesh]
  if (standingAsked(staged) === 'refused') return findingsOf(staged.decision)
  const isOn = isSet(viewUpstream(upstream).sslConfig)
  return [isOn ? undefined : nobodyInMesh(asked, facts)].filter(isFinding)
}

/** An annotation counts for more than missing sidecars; but who types a command may not know of them. */
const nobodyInMesh = (upstream: JsonObject, facts: Facts): Finding | undefined => {
  const lacking = lackingSidecars(destinationsOf(upstream, facts.clusterDomain), facts)
  return lacking?.withSidecar === 0 ? finding('NoSidecars', { pods: lacking.pods }) : undefined
}

const modeOf = (upstream: JsonObject, reference: string, facts: Facts): string => {
  const mesh = meshByReference(facts, '', reference)
  if (isFinding(mesh)) return ''
  const { namespace } = writeOf(upstream)
  const form = formOf(facts, glooVersionIn(facts, namespace), mesh)
  return isFinding(form) ? '' : form.mode
}

const changeOf = (object: JsonObject, { decision, object: after, held }: Staged) => ({
  change: { object, decision, patch: diff(object, withoutEmptyAnnotations(after)), held },
  findings: findingsOf(decision),
})

const others = (findings: readonly Finding[], one: Finding): readonly Finding[] =>
  findings.filter(({ reason }) => reason !== one.reason)
