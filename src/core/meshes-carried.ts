import { INJECT_ANNOTATION } from './annotations.ts'
import { type Form, formOf } from './form.ts'
import { hasWholeSidecar } from './gateway-proxy.ts'
import { lackOf } from './injection.ts'
import { proxyToWaitFor } from './interlock.ts'
import { formatMeshRef } from './mesh.ts'
import { isWaitedFor } from './proxies-serving.ts'
import { proxyOf } from './proxy.ts'
import { type Finding, finding, isFinding } from './reasons.ts'
import { wantsMesh } from './selection.ts'
import { snapshotOf } from './snapshot.ts'
import { switchedOff } from './switch-rule.ts'
import type { Facts, JsonObject, Mesh } from './types.ts'
import { nameOfObject, writeOf } from './write-of.ts'

/** How a proxy stands to a mesh. */
export interface MeshCarried extends Finding {
  /** `istio-system.istio` */
  readonly mesh: string
  /** Empty where none fits. */
  readonly mode: string
  /** `waiting` to be injected or rolled out; `refused` for no mode fits; `left out` by its labels or annotations. */
  readonly state: 'carried' | 'waiting' | 'refused' | 'left out'
}

/** How a proxy stands to each mesh that is known, whatever the stage. */
export const meshesCarried = (proxy: JsonObject, facts: Facts): readonly MeshCarried[] =>
  facts.meshes.map(mesh => meshCarried(proxy, mesh, { ...facts, stage: 'inject' }))

const meshCarried = (proxy: JsonObject, mesh: Mesh, facts: Facts): MeshCarried => {
  const { container, gloo } = proxyOf(proxy, facts.gloo)
  const name = formatMeshRef(mesh)
  const form = formOf(facts, gloo, mesh)
  if (isFinding(form)) return { mesh: name, mode: '', state: 'refused', ...form }
  const { mode } = form
  const found = whyNotYet(proxy, form, facts)
  if (found)
    return {
      mesh: name,
      mode,
      state: isLeftOut(proxy, mesh, facts) ? 'left out' : 'waiting',
      ...found,
    }
  const mounted = finding('AlreadyMounted', { container, meshes: `${name} (${mode})` })
  return { mesh: name, mode, state: 'carried', ...mounted }
}

const isLeftOut = (proxy: JsonObject, mesh: Mesh, facts: Facts): boolean =>
  hasWholeSidecar(proxy) ||
  switchedOff(proxy, INJECT_ANNOTATION)?.reason === 'OptedOut' ||
  !wantsMesh(proxy, facts, mesh)

/** What Upstreams would wait for; of manifests, and of proxies that nobody waits for, what they lack. */
const whyNotYet = (proxy: JsonObject, form: Form, facts: Facts): Finding | undefined => {
  const write = writeOf(proxy)
  if (facts.isLive && isWaitedFor(proxy))
    return proxyToWaitFor({ ...facts, snapshot: snapshotOf([proxy]) }, write.namespace, form)
  const why = lackOf(write, facts, form)
  const mesh = formatMeshRef(form.mesh)
  return why === undefined
    ? undefined
    : finding('WaitingForProxy', { proxy: nameOfObject(proxy), mesh, why })
}
