import type { Write } from './decision.ts'
import { canonical, fingerprint } from './fingerprint.ts'
import { type Form, possibleForms } from './form.ts'
import { field, fieldAt, isRecord, isSet } from './json.ts'
import { type Mark, markOf } from './mark.ts'
import type { Pair } from './matrix.ts'
import { formatMeshRef } from './mesh.ts'
import { remembered } from './remembered.ts'
import { type Asked, inCamelCase, sslConfigOf } from './ssl-config.ts'
import type { Facts, JsonObject, Mesh } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { parseVersion } from './version.ts'

/** What the mark of an Upstream says, and whether it still holds. */
export interface MarkedSslConfig {
  /** The mesh that it was written for. */
  readonly mesh: string | undefined
  readonly state: 'unmarked' | 'intact' | 'changed' | 'gone'
}

const PATH = 'sslConfig'
const MESH = 'mesh'
const SINCE = 'since'

const printOf = (sslConfig: unknown): string => fingerprint(inCamelCase(sslConfig))

/** Of what is written, which is the same object for many Upstreams. */
const printOfOurs = remembered((sslConfig: JsonObject) => printOf(sslConfig))

/** The mark of what is written for a mesh; since when it is on is kept through later changes of it. */
export const markFor = (
  { object, oldObject, time }: Write,
  sslConfig: JsonObject,
  mesh: Mesh,
): Mark => {
  const before = markOf(object, oldObject)
  const name = formatMeshRef(mesh)
  const since = before[MESH] === name ? before[SINCE] : time
  return { [MESH]: name, [PATH]: printOfOurs(sslConfig), ...(since && { [SINCE]: since }) }
}

/** When the Upstream was switched on (RFC 3339); undefined when nobody noted it. */
export const sinceOf = (upstream: JsonObject): string | undefined => markOf(upstream)[SINCE]

export const markedSslConfig = ({ object, oldObject }: Write): MarkedSslConfig => {
  const mark = markOf(object, oldObject)
  const { sslConfig } = viewUpstream(object)
  const [mesh, print] = [mark[MESH], mark[PATH]]
  if (print === undefined) return { mesh, state: 'unmarked' }
  if (!isSet(sslConfig)) return { mesh, state: 'gone' }
  return { mesh, state: printOf(sslConfig) === print ? 'intact' : 'changed' }
}

/**
 * Whether an `sslConfig` is ours: by its mark or, since discovery drops annotations, because it is
 * exactly what we would write for a mesh that is configured, in some mode and for some version.
 */
export const isOurs = (write: Write, facts: Facts, asked: Asked): boolean => {
  const { state } = markedSslConfig(write)
  if (state !== 'unmarked') return state === 'intact'
  const { sslConfig } = viewUpstream(write.object)
  if (!isSet(sslConfig)) return false
  const config = inCamelCase(sslConfig)
  const source = sourceOf(config)
  const found = certificatesOnly(config)
  const isFound = (form: Form) =>
    [{}, asked].some(also => {
      const candidate = sslConfigOf(form, facts.mountRoot, also)
      return sourceOf(candidate) === source && certificatesOnly(candidate) === found
    })
  return facts.meshes.some(mesh =>
    PAIRS.some(pair => possibleForms(facts, mesh, pair).some(isFound)),
  )
}

/** Whether Gloo's discovery made the Upstream, by the label that it puts there. */
export const isDiscovered = (upstream: JsonObject): boolean =>
  isSet(fieldAt(upstream, 'metadata', 'labels', 'discovered_by'))

/** Where certificates come from: enough to tell most configurations apart at a glance. */
export const sourceOf = (sslConfig: unknown): unknown =>
  fieldAt(sslConfig, 'sds', 'targetUri') ?? fieldAt(sslConfig, 'sslFiles', 'tlsKey')

/** Without ALPN, which comes and goes with the version of Gloo. */
const certificatesOnly = (config: unknown): string => {
  const alpn = field(config, 'alpnProtocols')
  if (!isRecord(config) || (isSet(alpn) && JSON.stringify(alpn) !== '["istio"]')) return ''
  const { alpnProtocols: _, ...rest } = config
  return canonical(rest)
}

// One version on each side of every edge that a shape hangs on.
const PAIRS: readonly Pair[] = [
  ['1.5.0', '1.1'],
  ['1.5.0', '1.2'],
  ['1.12.4', '1.4'],
  ['1.12.4', '1.22'],
].map(([gloo, istio]) => ({ gloo: parseVersion(gloo), istio: parseVersion(istio) }))
