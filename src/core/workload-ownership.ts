import { type Addition, markedState, podSpecOf, printOf, stateOf, withChange } from './additions.ts'
import { isOurVolumeName } from './certificate-paths.ts'
import type { Write } from './decision.ts'
import { possibleForms } from './form.ts'
import { field, items, textAt } from './json.ts'
import { MADE, type Mark, markOf } from './mark.ts'
import { type GatewayProxy, proxyOf } from './proxy.ts'
import { additionsOf } from './proxy-additions.ts'
import type { Facts, JsonObject } from './types.ts'
import { parseVersion } from './version.ts'

/** What of a workload is ours, and the workload without it. */
export interface Ownership {
  readonly mark: Mark
  /** Paths of additions that stand as we left them. */
  readonly intact: readonly string[]
  /** Paths of additions that somebody changed since: theirs now. */
  readonly changed: readonly string[]
  /** The workload as it would be without us. */
  readonly base: JsonObject
  readonly proxy: GatewayProxy
}

export const ownershipOf = (write: Write, facts: Facts): Ownership => {
  const { object, oldObject } = write
  const marked = Object.entries(markOf(object, oldObject)).filter(([, print]) => print !== MADE)
  const states = marked.map(([path, print]) => ({ path, state: markedState(object, path, print) }))
  const by = (state: string) => states.filter(found => found.state === state).map(f => f.path)
  const mark = marked.length > 0 ? markOf(object, oldObject) : recognised(object, facts)
  const intact = marked.length > 0 ? by('intact') : Object.keys(mark)
  const base = withChange(object, mark, { remove: intact, add: [] })
  return { mark, intact, changed: by('changed'), base, proxy: proxyOf(base, facts.gloo) }
}

/**
 * The mark that a workload would have, had nobody dropped it: a form counts as ours when each of its
 * volumes is there, for those have names that nobody else gives.
 */
const recognised = (workload: JsonObject, facts: Facts): Mark => {
  const volumes = items(field(podSpecOf(workload), 'volumes'))
  if (!volumes.some(volume => isOurVolumeName(textAt(volume, 'name')))) return {}
  const proxy = proxyOf(workload, facts.gloo)
  const found = facts.meshes
    .flatMap(mesh =>
      possibleForms(facts, mesh, { gloo: proxy.gloo, istio: parseVersion(mesh.istioVersion) }),
    )
    .map(form => additionsOf(form, proxy, facts.mountRoot))
    .filter(additions => additions.filter(isVolume).every(a => stateOf(workload, a) === 'present'))
    .flat()
    .filter(addition => stateOf(workload, addition) === 'present')
  return Object.fromEntries(found.map(addition => [addition.path, printOf(addition)]))
}

export const isVolume = ({ path }: Addition): boolean => path.startsWith('volumes[')
