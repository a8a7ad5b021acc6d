import { INJECT_ANNOTATION, MESHES_ANNOTATION } from './annotations.ts'
import type { Form } from './form.ts'
import { hasWholeSidecar } from './gateway-proxy.ts'
import { lackOf } from './injection.ts'
import { formatMeshRef } from './mesh.ts'
import { mutate } from './mutate.ts'
import { proxiesServing } from './proxies-serving.ts'
import { type Finding, finding } from './reasons.ts'
import { isRolledOut } from './rollout.ts'
import { wantsMesh } from './selection.ts'
import { switchedOff } from './switch-rule.ts'
import type { Facts, JsonObject, Mesh } from './types.ts'
import { decideWorkload } from './workload-rules.ts'
import { nameOfObject, writeOf } from './write-of.ts'

/** Why an Upstream cannot be switched on yet: the first proxy that lacks what its form needs. */
export const proxyToWaitFor = (
  facts: Facts,
  namespace: string,
  form: Form,
): Finding | undefined => {
  const mesh = formatMeshRef(form.mesh)
  return firstSaid(facts, namespace, proxy => {
    const why = whyNotReady(facts, proxy, form)
    return why && finding('WaitingForProxy', { proxy: nameOfObject(proxy), mesh, why })
  })
}

/** The proxy on whose account an Upstream that is switched on has to be switched off. */
export const proxyThatLetsGo = (facts: Facts, namespace: string, mesh: Mesh): Finding | undefined =>
  firstSaid(facts, namespace, proxy => {
    const why = whyLetGo(facts, proxy, mesh)
    const said = { proxy: nameOfObject(proxy), mesh: formatMeshRef(mesh) }
    return why && finding('ProxyLetsGo', { ...said, why })
  })

const firstSaid = (
  { isLive, snapshot }: Facts,
  namespace: string,
  ask: (proxy: JsonObject) => Finding | undefined | '',
): Finding | undefined => {
  if (!isLive || snapshot === undefined) return undefined
  for (const proxy of proxiesServing(snapshot, namespace)) {
    const found = ask(proxy)
    if (found) return found
  }
  return undefined
}

interface Known {
  readonly of: readonly unknown[]
  readonly answers: Map<string, string | undefined>
}

// To look into a proxy takes longer than all the rest of a review, and it seldom changes.
const known = new WeakMap<JsonObject, Known>()

const whyNotReady = (facts: Facts, proxy: JsonObject, form: Form): string | undefined => {
  const of = [facts.stage, facts.meshes, facts.gloo, facts.mountRoot, facts.clusterDomain]
  const before = known.get(proxy)
  const isCurrent = before?.of.every((found, at) => found === of[at]) === true
  const { answers } = isCurrent ? before : { answers: new Map<string, string | undefined>() }
  if (!isCurrent) known.set(proxy, { of, answers })
  const key = `${form.slot} ${form.mode} ${form.pair.gloo?.text} ${form.pair.istio?.text}`
  if (!answers.has(key)) answers.set(key, askWhyNotReady(facts, proxy, form))
  return answers.get(key)
}

const askWhyNotReady = (facts: Facts, proxy: JsonObject, form: Form): string | undefined => {
  const leaves = whyLetGo(facts, proxy, form.mesh)
  if (leaves !== undefined) return leaves
  if (facts.stage !== 'inject') return lackOf(writeOf(asInjected(proxy, facts)), facts, form)
  const lacks = lackOf(writeOf(proxy), facts, form)
  return lacks === undefined && !isRolledOut(proxy) ? 'its rollout is not finished' : lacks
}

/** Before stage `inject` no proxy gets anything: what counts is whether it could, or all would only wait. */
const asInjected = (proxy: JsonObject, facts: Facts): JsonObject =>
  mutate(proxy, decideWorkload(writeOf(proxy), facts))

/** Why a proxy is not to have the certificates of a mesh, whatever the facts are. */
const whyLetGo = (facts: Facts, proxy: JsonObject, mesh: Mesh): string | undefined => {
  if (hasWholeSidecar(proxy)) return 'its whole Istio sidecar encrypts already'
  if (switchedOff(proxy, INJECT_ANNOTATION)?.reason === 'OptedOut')
    return `annotation ${INJECT_ANNOTATION} is "disabled"`
  return wantsMesh(proxy, facts, mesh) ? undefined : `annotation ${MESHES_ANNOTATION} leaves it out`
}
