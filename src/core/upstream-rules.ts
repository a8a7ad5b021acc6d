import { type Decision, firstToSpeak, type Rule, skip, type Write } from './decision.ts'
import { DESTINATION_RULES } from './destination-rules.ts'
import { field, isRecord } from './json.ts'
import { findMesh, formatMeshRef, parseMeshRef } from './mesh.ts'
import { type Ruling, ruleOn } from './policy.ts'
import { type Finding, finding } from './reasons.ts'
import type { Facts } from './types.ts'
import { eitherCase, viewUpstream } from './upstream.ts'
import { decideCertificates } from './upstream-certificates.ts'
import { markedSslConfig } from './upstream-ownership.ts'
import { withdrawMarked, withdrawUpstream } from './withdraw-upstream.ts'

/**
 * A mesh that is no longer configured takes its material along, whoever selected the Upstream. One that
 * was found in the cluster may be away for an upgrade of its control plane.
 */
const meshIsGone: Rule = (write, facts) => {
  const { mesh, state } = markedSslConfig(write)
  const ref = parseMeshRef(mesh)
  if (!facts.meshesAreTold || state !== 'intact' || ref === undefined || findMesh(facts, ref))
    return undefined
  return withdrawUpstream(write, facts, finding('MeshRemoved', { mesh: formatMeshRef(ref) }))
}

type Answer = (write: Write, facts: Facts, found: Finding) => Decision | undefined

const ANSWERS: Readonly<Record<Ruling['say'], Answer>> = {
  on: () => undefined,
  off: withdrawUpstream,
  unsaid: withdrawMarked,
  unclear: (_write, _facts, found) => skip(found),
}

const notSelected: Rule = (write, facts) => {
  const { say, finding: found } = ruleOn(write, facts)
  return ANSWERS[say](write, facts, found)
}

const invalidSpec: Rule = ({ object }) => {
  const view = viewUpstream(object)
  if (!isRecord(field(object, 'spec'))) return skip(finding('InvalidSpec', { field: 'spec' }))
  return isRecord(view.settings) ? undefined : skip(finding('InvalidSpec', { field: view.field }))
}

const gatewayHasSidecar: Rule = (write, facts) =>
  facts.gloo.sidecarOnGateway
    ? withdrawUpstream(write, facts, finding('SidecarOnGateway', {}))
    : undefined

/** An `sslConfig` switches auto-mTLS off for its Upstream, and with it endpoints without a sidecar. */
const autoMtlsIsOn: Rule = (write, facts) => {
  const { settings } = viewUpstream(write.object)
  if (facts.gloo.autoMtls !== 'enabled' || eitherCase(settings, 'disableIstioAutoMtls') === true)
    return undefined
  return withdrawUpstream(write, facts, finding('AutoMtlsOn', {}))
}

const RULES: readonly Rule[] = [
  meshIsGone,
  notSelected,
  invalidSpec,
  ...DESTINATION_RULES,
  gatewayHasSidecar,
  autoMtlsIsOn,
]

/** The decision on an Upstream; where it rests on old facts, it says so. */
export const decideUpstream = (write: Write, facts: Facts): Decision => {
  const decision = firstToSpeak(RULES, write, facts) ?? decideCertificates(write, facts)
  if (!facts.isStale || decision.kind === 'skip') return decision
  return { ...decision, notices: [...decision.notices, finding('FactsStale', {})] }
}
