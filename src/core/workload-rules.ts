import { INJECT_ANNOTATION } from './annotations.ts'
import { type Decision, firstToSpeak, type Rule, skip, type Write } from './decision.ts'
import {
  brokenField,
  envoyContainerIndex,
  envoyContainerNames,
  hasWholeSidecar,
  isGatewayProxy,
} from './gateway-proxy.ts'
import { planFor } from './injection.ts'
import { leaningOn } from './leaning.ts'
import { type Finding, finding, quote } from './reasons.ts'
import { switchedOff } from './switch-rule.ts'
import type { Facts } from './types.ts'
import { ownershipOf } from './workload-ownership.ts'

const notGatewayProxy: Rule = ({ object }) =>
  isGatewayProxy(object) ? undefined : skip(finding('NotGatewayProxy', {}))

/** Takes away all that is ours and intact; what somebody changed is reported and stays. */
export const withdrawWorkload = (write: Write, facts: Facts, why: Finding): Decision => {
  const { mark, intact, changed } = ownershipOf(write, facts)
  const kept = changed.map(path => finding('AdditionChanged', { path }))
  if (intact.length === 0) return skip(why, kept)
  const held = leaningOn(write, facts, [])
  if (held) return skip(held, [why, ...kept])
  return {
    kind: 'change-workload',
    mark,
    change: { remove: intact, add: [] },
    finding: finding('CertificatesRemoved', { why: why.message }),
    notices: why.level === 'warning' ? [why, ...kept] : kept,
  }
}

const switchedOffByUser: Rule = (write, facts) => {
  const found = switchedOff(write.object, INJECT_ANNOTATION)
  if (found === undefined) return undefined
  return found.reason === 'OptedOut' ? withdrawWorkload(write, facts, found) : skip(found)
}

const sidecarOnGateway: Rule = (write, facts) =>
  facts.gloo.sidecarOnGateway || hasWholeSidecar(write.object)
    ? withdrawWorkload(write, facts, finding('SidecarOnGateway', {}))
    : undefined

const envoyNotFound: Rule = ({ object }) => {
  if (envoyContainerIndex(object) >= 0) return undefined
  const names = quote(envoyContainerNames(object).join(' or '))
  return skip(finding('EnvoyContainerNotFound', { names }))
}

const invalidSpec: Rule = ({ object }) => {
  const found = brokenField(object)
  return found === undefined ? undefined : skip(finding('InvalidSpec', { field: found }))
}

/** A control plane that is away takes nothing along: it may be back after its upgrade. */
const noMeshFound: Rule = (_write, { meshes, meshesAreTold }) =>
  !meshesAreTold && meshes.length === 0 ? skip(finding('NoMeshFound', {})) : undefined

const RULES: readonly Rule[] = [
  notGatewayProxy,
  switchedOffByUser,
  sidecarOnGateway,
  noMeshFound,
  envoyNotFound,
  invalidSpec,
]

export const decideWorkload = (write: Write, facts: Facts): Decision =>
  firstToSpeak(RULES, write, facts) ?? planFor(write, facts)
