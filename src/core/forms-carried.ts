import { podSpecOf } from './additions.ts'
import { isSame } from './fingerprint.ts'
import { type Form, possibleForms } from './form.ts'
import { isGatewayProxy } from './gateway-proxy.ts'
import { lackOf } from './injection.ts'
import { textAt } from './json.ts'
import { leaningOn } from './leaning.ts'
import { placeOf } from './named-upstream.ts'
import { isWaitedFor, upstreamsServedFrom } from './proxies-serving.ts'
import { proxyOf } from './proxy.ts'
import { type Finding, finding } from './reasons.ts'
import { selectForms } from './selection.ts'
import { inCamelCase, sslConfigOf } from './ssl-config.ts'
import type { Facts, JsonObject } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { sourceOf } from './upstream-ownership.ts'
import { parseVersion } from './version.ts'
import { writeOf } from './write-of.ts'

const carries = (workload: JsonObject, facts: Facts, form: Form): boolean =>
  lackOf(writeOf(workload), facts, form) === undefined

/** Whether a proxy carries every mesh that it asks for, whoever brought it there, and at least one. */
export const carriesAll = (workload: JsonObject, facts: Facts): boolean => {
  if (!isGatewayProxy(workload)) return false
  const { forms } = selectForms(workload, facts, proxyOf(workload, facts.gloo).gloo)
  return forms.length > 0 && forms.every(form => carries(workload, facts, form))
}

const NAMED_MAX = 5

/**
 * Which Upstreams ask for certificates that a proxy would carry no more; undefined when none does. Other than
 * `leaningOn` it counts those of glooctl and of people, too: who takes certificates away by hand breaks them all.
 */
export const lossOf = (
  before: JsonObject,
  after: JsonObject,
  facts: Facts,
): Finding | undefined => {
  const { snapshot } = facts
  if (snapshot === undefined || !isWaitedFor(before)) return undefined
  const lost = sourcesLost(before, after, facts)
  const namespace = textAt(before, 'metadata', 'namespace')
  const using = upstreamsServedFrom(snapshot, namespace).filter(upstream =>
    lost.includes(sourceOf(inCamelCase(viewUpstream(upstream).sslConfig))),
  )
  if (using.length > 0) return finding('StillUsed', { upstreams: listed(using) })
  // What was injected for another version is no form of today; by its mark it is known all the same.
  const isLess = !isSame(podSpecOf(before), podSpecOf(after))
  return isLess ? leaningOn(writeOf(before), facts, []) : undefined
}

const sourcesLost = (before: JsonObject, after: JsonObject, facts: Facts): readonly unknown[] =>
  everyForm(before, facts)
    .filter(form => carries(before, facts, form) && !carries(after, facts, form))
    .map(form => sourceOf(sslConfigOf(form, facts.mountRoot)))

const everyForm = (proxy: JsonObject, facts: Facts): readonly Form[] => {
  const { gloo } = proxyOf(proxy, facts.gloo)
  return facts.meshes.flatMap(mesh =>
    possibleForms(facts, mesh, { gloo, istio: parseVersion(mesh.istioVersion) }),
  )
}

const listed = (upstreams: readonly JsonObject[]): string => {
  const names = upstreams.slice(0, NAMED_MAX).map(placeOf)
  const more = upstreams.length - names.length
  return [...names, ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
