import { fieldAt, isSet, withValue } from '../../src/core/json.ts'
import { valueAt } from '../../src/core/keyed-path.ts'
import { MADE, markOf } from '../../src/core/mark.ts'
import { formatMeshRef } from '../../src/core/mesh.ts'
import { planOf } from '../../src/core/plan.ts'
import { inject } from '../../src/core/review.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { viewUpstream } from '../../src/core/upstream.ts'
import { writeOf } from '../../src/core/write-of.ts'
import { upstream } from './build.ts'
import { applied, live, namespace, proxyOn, settled } from './cluster.ts'

/** A proxy and its pods: while it is rolled out, pods of more than one template serve at once. */
export interface Proxy {
  readonly object: JsonObject
  readonly running: readonly string[]
  readonly isRolledOut: boolean
}

/** An Upstream, the proxies that serve it, and the labels of the namespace that it leads to. */
export interface SmallCluster {
  readonly known: Facts
  readonly labels: JsonObject
  readonly upstream: JsonObject
  readonly proxies: readonly Proxy[]
  /** What a template has that carries a mesh, by the name of the mesh: values by their path. */
  readonly needs: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** All that is added to a proxy which carries one mesh alone. */
const needsOf = (known: Facts, reference: string): Readonly<Record<string, string>> => {
  const annotations = { 'gloo-istio.io/meshes': reference }
  const carrier = settled(proxyOn(String(known.gloo.version), { annotations }), known)
  const paths = Object.entries(markOf(carrier)).filter(([, print]) => print !== MADE)
  if (paths.length === 0) throw new TypeError(`nothing is added for ${reference}`)
  const pod = fieldAt(carrier, 'spec', 'template', 'spec')
  return Object.fromEntries(paths.map(([path]) => [path, JSON.stringify(valueAt(pod, path))]))
}

const templateOf = (proxy: JsonObject): string => JSON.stringify(fieldAt(proxy, 'spec', 'template'))

/** A cluster where nobody selects anything, and nothing is injected yet. */
export const smallCluster = (known: Facts, names: readonly string[]): SmallCluster => {
  const objects = names.map(name =>
    withValue(proxyOn(String(known.gloo.version)), ['metadata', 'name'], name),
  )
  const meshes = known.meshes.map(formatMeshRef)
  return {
    known,
    labels: {},
    upstream: upstream({}, {}),
    proxies: objects.map(object => ({
      object,
      running: [templateOf(object)],
      isRolledOut: true,
    })),
    needs: Object.fromEntries(meshes.map(mesh => [mesh, needsOf(known, mesh)])),
  }
}

const factsOf = ({ known, labels, upstream, proxies }: SmallCluster): Facts =>
  live(
    known,
    namespace('default', labels),
    upstream,
    ...proxies.map(({ object, isRolledOut }) => (isRolledOut ? object : { ...object, status: {} })),
  )

/** The proxy as its Deployment controller sees it: another template is another rollout. */
const written = (proxy: Proxy, object: JsonObject): Proxy => {
  const [before, after] = [templateOf(proxy.object), templateOf(object)]
  if (before === after) return { ...proxy, object }
  return { object, running: [...new Set([...proxy.running, after])].toSorted(), isRolledOut: false }
}

const withProxy = (cluster: SmallCluster, at: number, proxy: Proxy): SmallCluster => ({
  ...cluster,
  proxies: cluster.proxies.with(at, proxy),
})

/** Somebody labels the namespace; an empty value takes a label away. */
export const labelled = (cluster: SmallCluster, labels: JsonObject): SmallCluster => {
  const all: JsonObject = { ...cluster.labels, ...labels }
  const set = Object.keys(all).filter(key => all[key] !== '')
  // In one order, so that the same labels are the same state.
  return { ...cluster, labels: Object.fromEntries(set.toSorted().map(key => [key, all[key]])) }
}

/** Somebody annotates a proxy, past the webhook or by way of it. */
export const annotated = (
  cluster: SmallCluster,
  at: number,
  annotations: JsonObject,
  isSeen = false,
): SmallCluster => {
  const proxy = cluster.proxies[at]
  if (proxy === undefined) return cluster
  const { object: oldObject } = proxy
  const before = fieldAt(oldObject, 'metadata', 'annotations') as JsonObject | undefined
  const object = withValue(oldObject, ['metadata', 'annotations'], { ...before, ...annotations })
  const write = writeOf(object, { operation: 'UPDATE', oldObject })
  const stored = isSeen ? inject(write, factsOf(cluster)).object : object
  return withProxy(cluster, at, written(proxy, stored))
}

/** The last of the old pods is gone. */
export const rolled = (cluster: SmallCluster, at: number): SmallCluster => {
  const proxy = cluster.proxies[at]
  if (proxy === undefined) return cluster
  const running = [templateOf(proxy.object)]
  return withProxy(cluster, at, { ...proxy, running, isRolledOut: true })
}

/** The reconciler looks at the Upstream once. */
export const lookAtUpstream = (cluster: SmallCluster): SmallCluster => {
  const { patch } = planOf(cluster.upstream, factsOf(cluster))
  return patch.length === 0 ? cluster : { ...cluster, upstream: applied(cluster.upstream, patch) }
}

/** The reconciler looks at a proxy once. */
export const lookAtProxy = (cluster: SmallCluster, at: number): SmallCluster => {
  const proxy = cluster.proxies[at]
  if (proxy === undefined) return cluster
  const { patch } = planOf(proxy.object, factsOf(cluster))
  if (patch.length === 0) return cluster
  return withProxy(cluster, at, written(proxy, applied(proxy.object, patch)))
}

export const isOn = ({ upstream }: SmallCluster): boolean => isSet(viewUpstream(upstream).sslConfig)

/** Whether every pod of every proxy has what the Upstream needs that is on. */
export const areComplete = ({ upstream, proxies, needs }: SmallCluster): boolean => {
  const needed = needs[markOf(upstream)['mesh'] ?? '']
  return (
    needed !== undefined &&
    proxies
      .flatMap(({ running }) => running)
      .every(template => {
        const pod = fieldAt(JSON.parse(template), 'spec')
        return Object.entries(needed).every(
          ([path, value]) => JSON.stringify(valueAt(pod, path)) === value,
        )
      })
  )
}
