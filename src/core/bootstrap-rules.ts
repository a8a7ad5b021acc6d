import { INJECT_ANNOTATION } from './annotations.ts'
import { type Bootstrap, bootstrapText, clusterNames, sdsClusterOf } from './bootstrap.ts'
import { type Decision, skip, type Write } from './decision.ts'
import { fingerprint, isSame } from './fingerprint.ts'
import { type Form, formOf, isForm, sidecarNames } from './form.ts'
import { fieldAt, isSet, textAt } from './json.ts'
import { markOf } from './mark.ts'
import { glooVersionIn } from './observe.ts'
import { type Finding, finding, isFinding } from './reasons.ts'
import { needsBootstrapCluster } from './ssl-config.ts'
import { switchedOff } from './switch-rule.ts'
import type { Facts, JsonObject } from './types.ts'

/** The bootstrap of a ConfigMap, read. */
interface Opened {
  readonly write: Write
  readonly key: string
  readonly bootstrap: Bootstrap
}

/** Reads it, which takes longer than all else: only where there is something to add or to take away. */
const open = (write: Write, { readBootstrap }: Facts): Opened | Finding => {
  const { key = '', text = '' } = bootstrapText(write.object) ?? {}
  const bootstrap = readBootstrap(text)
  return bootstrap ? { write, key, bootstrap } : finding('BootstrapUnreadable', { key })
}

const isBootstrap = (object: JsonObject): boolean =>
  isSet(fieldAt(object, 'metadata', 'labels', 'gloo')) && bootstrapText(object) !== undefined

export const decideBootstrap = (write: Write, facts: Facts): Decision => {
  if (!isBootstrap(write.object)) return skip(finding('NotBootstrap', {}))
  const off = switchedOff(write.object, INJECT_ANNOTATION)
  if (off === undefined && !facts.meshesAreTold && facts.meshes.length === 0)
    return skip(finding('NoMeshFound', {}))
  if (off === undefined) return clusters(write, facts)
  return off.reason === 'OptedOut' ? withdrawBootstrap(write, facts, off) : skip(off)
}

const nameOf = (cluster: unknown): string => textAt(cluster, 'name')

/** Clusters that stand as we wrote them. */
const ownClusters = ({ write, bootstrap }: Opened): readonly unknown[] => {
  const mark = markOf(write.object, write.oldObject)
  return bootstrap.clusters.filter(cluster => mark[nameOf(cluster)] === fingerprint(cluster))
}

/** Takes away the clusters that are ours and as we wrote them, but for those that are to be kept. */
export const withdrawBootstrap = (
  write: Write,
  facts: Facts,
  why: Finding,
  kept: readonly string[] = [],
): Decision => {
  const mark = Object.entries(markOf(write.object, write.oldObject))
  if (mark.length === 0) return skip(why)
  const opened = open(write, facts)
  if (isFinding(opened)) return skip(opened)
  const { key, bootstrap } = opened
  const gone = ownClusters(opened)
    .map(nameOf)
    .filter(name => !kept.includes(name))
  if (gone.length === 0) return skip(why)
  return {
    kind: 'write-bootstrap',
    key,
    text: bootstrap.without(...gone),
    mark: Object.fromEntries(mark.filter(([name]) => !gone.includes(name))),
    finding: finding('BootstrapRestored', { key, why: why.message }),
    notices: [],
  }
}

const clusters = (write: Write, facts: Facts): Decision => {
  const gloo = glooVersionIn(facts, write.namespace)
  const answers = facts.meshes.map(mesh => formOf(facts, gloo, mesh))
  const [problem] = answers.filter(isFinding)
  const forms = answers.filter(isForm)
  const needing = forms.filter(needsBootstrapCluster)
  if (needing.length > 0) {
    const opened = open(write, facts)
    return isFinding(opened) ? skip(opened) : extend(opened, needing)
  }
  if (problem) return skip(problem)
  // A Gloo that needs none may still have Upstreams that name one: it stays as long as its mesh.
  const kept = forms.map(form => sidecarNames(form).cluster)
  return withdrawBootstrap(write, facts, finding('BootstrapNotNeeded', {}), kept)
}

const clusterOf = (form: Form): JsonObject => {
  const { cluster, port } = sidecarNames(form)
  return sdsClusterOf(cluster, port)
}

const extend = (opened: Opened, forms: readonly Form[]): Decision => {
  const { write, key, bootstrap } = opened
  const wanted = forms.map(clusterOf)
  const said = { key, clusters: wanted.map(nameOf).join(', ') }
  const there = clusterNames(bootstrap)
  const own = ownClusters(opened)
  // One of ours may have another port than its mesh has today.
  const missing = wanted.filter(cluster => {
    const ours = own.find(found => nameOf(found) === nameOf(cluster))
    return ours ? !isSame(ours, cluster) : !there.includes(nameOf(cluster))
  })
  if (missing.length === 0) return skip(finding('BootstrapComplete', said))
  const prints = missing.map(cluster => [nameOf(cluster), fingerprint(cluster)])
  return {
    kind: 'write-bootstrap',
    key,
    text: bootstrap.with(...missing),
    mark: { ...markOf(write.object, write.oldObject), ...Object.fromEntries(prints) },
    finding: finding('BootstrapExtended', said),
    notices: [],
  }
}
