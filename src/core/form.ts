import { type Choice, chooseMode } from './choose-mode.ts'
import { has, MODE_NAMES, type Mode, type Pair } from './matrix.ts'
import { formatMeshRef } from './mesh.ts'
import { type Finding, finding, isFinding } from './reasons.ts'
import type { Facts, Mesh } from './types.ts'
import { isSameVersion, type Version } from './version.ts'

/** How one mesh reaches one Gloo: all that the two sides, proxy and Upstream, must agree on. */
export interface Form {
  readonly mesh: Mesh
  readonly mode: Mode
  readonly pair: Pair
  /** Place of the mesh in the configuration, from 0: each has names and ports of its own. */
  readonly slot: number
  readonly clusterDomain: string
}

export const isForm = (answer: Form | Finding): answer is Form => !isFinding(answer)

interface Known {
  readonly meshes: readonly Mesh[]
  readonly clusterDomain: string
  readonly gloo: Version | undefined
  readonly form: Form | Finding
}

// All that a form hangs on changes seldom, and working one out takes a tenth of a review.
const known = new WeakMap<Mesh, Known>()

/** The form of a mesh for a Gloo of this version, or why there is none. */
export const formOf = (facts: Facts, gloo: Version | undefined, mesh: Mesh): Form | Finding => {
  const { meshes, clusterDomain } = facts
  const before = known.get(mesh)
  if (
    before?.meshes === meshes &&
    before.clusterDomain === clusterDomain &&
    isSameVersion(before.gloo, gloo)
  )
    return before.form
  const form = workOut(facts, gloo, mesh)
  known.set(mesh, { meshes, clusterDomain, gloo, form })
  return form
}

const workOut = (facts: Facts, gloo: Version | undefined, mesh: Mesh): Form | Finding => {
  const chosen = chooseMode(mesh, gloo)
  if (isFinding(chosen)) return chosen
  if (runsAgent(chosen) && proxyImageOf({ mesh, ...chosen }) === undefined)
    return finding('ProxyImageUnknown', { mesh: formatMeshRef(mesh) })
  const slot = facts.meshes.indexOf(mesh)
  const rival = facts.meshes.slice(0, slot).find(other => excludes(chooseMode(other, gloo), chosen))
  if (rival) return notCarried(mesh, chosen.mode, rival)
  return { mesh, ...chosen, slot, clusterDomain: facts.clusterDomain }
}

/** Every form that a mesh could have been given at its place, whether the versions go with it or not. */
export const possibleForms = (
  { meshes, clusterDomain }: Facts,
  mesh: Mesh,
  pair: Pair,
): readonly Form[] =>
  MODE_NAMES.map(mode => ({ mesh, mode, pair, slot: meshes.indexOf(mesh), clusterDomain }))

const runsAgent = ({ mode }: Pick<Form, 'mode'>): boolean =>
  mode === 'istio-agent' || mode === 'agent-socket'

/** Image of istio-proxy: told, or Istio's own of a version that is told with its patch. */
export const proxyImageOf = ({ mesh, pair }: Pick<Form, 'mesh' | 'pair'>): string | undefined => {
  const { istio } = pair
  if (mesh.proxyImage !== undefined || istio?.patch === undefined) return mesh.proxyImage
  return `docker.io/istio/proxyv2:${istio.text.replace(/^v/, '')}`
}

/** A node has one socket of a node agent, and a pod has the ports of one idle Envoy. */
const isExclusive = ({ mode, pair }: Choice): boolean =>
  mode === 'node-agent-sds' || (mode === 'istio-agent' && !has('agent-without-envoy', pair))

const excludes = (first: Choice | Finding, second: Choice): boolean =>
  !isFinding(first) && first.mode === second.mode && isExclusive(first) && isExclusive(second)

const notCarried = (mesh: Mesh, mode: Mode, first: Mesh): Finding =>
  finding('MeshNotCarried', {
    mesh: formatMeshRef(mesh),
    mode,
    first: formatMeshRef(first),
  })

/** Port of Gloo's own sds container (gloo@v1.22.1:projects/sds/pkg/run). */
const FIRST_SDS_PORT = 8234

/** Port of the sds container of the mesh in some place of the configuration. */
export const sdsPortOf = (slot: number, told: number | undefined): number =>
  told ?? FIRST_SDS_PORT + slot

/** Names and ports of the sidecars of a form; the first has those of Gloo's own chart. */
export const sidecarNames = ({ slot, mesh }: Form) => {
  const suffix = (separator: string) => (slot === 0 ? '' : `${separator}${slot + 1}`)
  return {
    sds: `sds${suffix('-')}`,
    istioProxy: `istio-proxy${suffix('-')}`,
    port: sdsPortOf(slot, mesh.sdsPort),
    cluster: `gateway_proxy_sds${suffix('_')}`,
    certificate: `istio_server_cert${suffix('_')}`,
    validation: `istio_validation_context${suffix('_')}`,
  }
}
