import { backingOf, describeBacking, isAmbient } from './backing-pods.ts'
import { type Rule, skip } from './decision.ts'
import { decidingAnnotation, foreignDestination } from './destination.ts'
import { type Destination, destinationsOf } from './destination-services.ts'
import { type ModeSaid, mtlsModeOf } from './mtls-mode.ts'
import { glooVersionIn } from './observe.ts'
import { isExplicit, ruleOn } from './policy.ts'
import { finding } from './reasons.ts'
import { objectIn } from './snapshot.ts'
import type { Facts, JsonObject } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { isDiscovered } from './upstream-ownership.ts'
import { withdrawUpstream } from './withdraw-upstream.ts'

/** What an Upstream leads to may take no mutual TLS, whoever selected it. */

const notInMesh: Rule = ({ object }, { clusterDomain }) => {
  const found = foreignDestination(viewUpstream(object), clusterDomain)
  return found === undefined ? undefined : skip(finding('DestinationNotInMesh', { field: found }))
}

/** Gloo reads annotations of a Service as discovery makes its Upstream, which has a copy that may be old. */
const serviceDecides: Rule = ({ object, namespace }, facts) => {
  const view = viewUpstream(object)
  const gloo = glooVersionIn(facts, namespace)
  const found = [object, ...servicesOf(object, facts)]
    .map(annotated => decidingAnnotation(annotated, view, gloo))
    .find(annotation => annotation !== undefined)
  return found === undefined ? undefined : skip(finding('ServiceDecides', { annotation: found }))
}

const servicesOf = (upstream: JsonObject, { clusterDomain, snapshot }: Facts) =>
  (isDiscovered(upstream) ? destinationsOf(upstream, clusterDomain) : [])
    .map(({ namespace, service }) => objectIn(snapshot?.services, namespace, service))
    .filter(service => service !== undefined)

const ambient: Rule = (write, facts) => {
  const found = destinationsOf(write.object, facts.clusterDomain).find(destination =>
    isAmbient(facts.snapshot, destination),
  )
  const { namespace } = found ?? {}
  return namespace === undefined
    ? undefined
    : withdrawUpstream(write, facts, finding('AmbientDestination', { namespace }))
}

const modeOf = (facts: Facts, destination: Destination): ModeSaid | undefined =>
  mtlsModeOf(
    facts.snapshot,
    facts.meshes.map(mesh => mesh.rootNamespace ?? mesh.istioNamespace),
    destination,
  )

const plaintext: Rule = (write, facts) => {
  const said = destinationsOf(write.object, facts.clusterDomain)
    .map(destination => modeOf(facts, destination))
    .find(found => found?.mode === 'DISABLE')
  return (
    said && withdrawUpstream(write, facts, finding('PlaintextDestination', { policy: said.by }))
  )
}

/**
 * Truth table, once some pods are known to have no sidecar:
 * selected by          | sidecars | policy | outcome
 * Upstream or Service  | any      | any    | on, with a notice (see `sidecarsMissing`)
 * anything wider       | none     | any    | off: NoSidecars
 * anything wider       | some     | STRICT | left as it is: MixedSidecarsStrict
 * anything wider       | some     | other  | off: MixedSidecars, for plain text reaches both kinds
 */
const sidecars: Rule = (write, facts) => {
  if (isExplicit(ruleOn(write, facts))) return undefined
  const lacking = lackingSidecars(destinationsOf(write.object, facts.clusterDomain), facts)
  if (lacking === undefined) return undefined
  const { destination, withSidecar, pods } = lacking
  if (withSidecar === 0) return withdrawUpstream(write, facts, finding('NoSidecars', { pods }))
  const said = modeOf(facts, destination)
  return said?.mode === 'STRICT'
    ? skip(finding('MixedSidecarsStrict', { pods, policy: said.by }))
    : withdrawUpstream(write, facts, finding('MixedSidecars', { pods }))
}

/** The first destination of which some pods are known to have no sidecar. */
export const lackingSidecars = (destinations: readonly Destination[], { snapshot }: Facts) => {
  for (const destination of destinations) {
    const backing = backingOf(snapshot, destination)
    const { withSidecar } = backing
    if (withSidecar < backing.pods.length)
      return { destination, withSidecar, pods: describeBacking(withSidecar, backing, destination) }
  }
  return undefined
}

export const DESTINATION_RULES: readonly Rule[] = [
  notInMesh,
  serviceDecides,
  ambient,
  plaintext,
  sidecars,
]
