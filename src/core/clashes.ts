import { type Addition, podSpecOf, stateOf } from './additions.ts'
import { isSame } from './fingerprint.ts'
import { type Form, sidecarNames } from './form.ts'
import { containersOf, envoyContainerOf } from './gateway-proxy.ts'
import { agentPorts } from './istio-agent.ts'
import { field, fieldAt, items, textAt } from './json.ts'
import { valueAt } from './keyed-path.ts'
import { formatMeshRef } from './mesh.ts'
import type { GatewayProxy } from './proxy.ts'
import { type Finding, finding, quote } from './reasons.ts'
import type { JsonObject } from './types.ts'
import { isVolume } from './workload-ownership.ts'

/** A workload without us, and what one form would add to it. */
export interface Place {
  readonly base: JsonObject
  readonly proxy: GatewayProxy
  readonly form: Form
  readonly additions: readonly Addition[]
  /** Paths that are ours, whatever became of them. */
  readonly changed: readonly string[]
}

/**
 * What of somebody else's stands in the way of a form: the first clash, or undefined. `missing` is
 * what `missingOf` says, for those who have asked already.
 */
export const clashOf = (place: Place, missing = missingOf(place)): Finding | undefined => {
  const unchanged = missing.filter(({ path }) => !place.changed.includes(path))
  return takenMount(place, unchanged) ?? takenName(place, unchanged) ?? takenPort(place)
}

/**
 * Additions that are not there yet in some other guise: whoever mounted the same source at the same
 * path, or has a volume of our name with it, has done our work.
 */
export const missingOf = ({ base, proxy, additions }: Place): readonly Addition[] => {
  const served = additions.filter(addition => isServed(base, proxy, addition, additions))
  const names = served.map(({ value }) => textAt(value, 'name'))
  const isThere = (addition: Addition) =>
    isVolume(addition)
      ? names.includes(textAt(addition.value, 'name')) ||
        hasSameSource(valueAt(podSpecOf(base), addition.path), addition.value)
      : served.includes(addition)
  return additions.filter(addition => !isThere(addition))
}

const isEnvoyMount = (proxy: GatewayProxy, { path }: Addition) =>
  path.startsWith(`containers[${proxy.container}].volumeMounts[`)

interface Mount {
  readonly index: number
  readonly volume: unknown
  readonly path: string
}

const mountsOf = (workload: JsonObject): readonly Mount[] =>
  items(field(envoyContainerOf(workload), 'volumeMounts')).map((mount, index) => ({
    index,
    volume: valueAt(podSpecOf(workload), `volumes[${textAt(mount, 'name')}]`),
    path: trimSlash(textAt(mount, 'mountPath')),
  }))

const trimSlash = (path: string) => (path.length > 1 ? path.replace(/\/+$/, '') : path)

/** Whether a mount of Envoy's container is there already, from the same source. */
const isServed = (
  base: JsonObject,
  proxy: GatewayProxy,
  addition: Addition,
  additions: readonly Addition[],
): boolean => {
  if (!isEnvoyMount(proxy, addition)) return false
  const name = textAt(addition.value, 'name')
  const volume = additions.find(a => isVolume(a) && textAt(a.value, 'name') === name)
  return mountsOf(base).some(
    mount =>
      mount.path === textAt(addition.value, 'mountPath') &&
      hasSameSource(mount.volume, volume?.value),
  )
}

/** What a volume is made from; an emptyDir is made from nothing, so no two are the same. */
const SOURCES = [
  ['secret', 'secretName'],
  ['configMap', 'name'],
  ['hostPath', 'path'],
] as const

const hasSameSource = (one: unknown, other: unknown): boolean => {
  const isSameField = (path: readonly string[]) => {
    const source = fieldAt(other, ...path)
    return source !== undefined && fieldAt(one, ...path) === source
  }
  const tokens = [one, other].map(volume => field(volume, 'projected'))
  return SOURCES.some(isSameField) || (tokens[0] !== undefined && isSame(tokens[0], tokens[1]))
}

/** A mount at, around or inside our path: around or inside a read-only one, the pod does not start. */
const takenMount = (place: Place, missing: readonly Addition[]): Finding | undefined => {
  const { base, proxy, form } = place
  const ours = missing.filter(addition => isEnvoyMount(proxy, addition))
  const [clash] = ours.flatMap(({ value }) => {
    const wanted = textAt(value, 'mountPath')
    return mountsOf(base)
      .filter(({ path }) => overlaps(path, wanted))
      .map(({ index, path }) => ({ wanted, path: `volumeMounts[${index}] (${quote(path)})` }))
  })
  const { container } = proxy
  return clash && finding('MountPathTaken', { mesh: formatMeshRef(form.mesh), container, ...clash })
}

const overlaps = (path: string, wanted: string) =>
  path !== '' && (path === wanted || isInside(path, wanted) || isInside(wanted, path))

const isInside = (path: string, folder: string) =>
  path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

const takenName = (place: Place, missing: readonly Addition[]): Finding | undefined => {
  const mesh = formatMeshRef(place.form.mesh)
  const taken = missing.find(addition => stateOf(place.base, addition) === 'other')
  if (taken === undefined) return undefined
  return isVolume(taken)
    ? finding('VolumeNameTaken', { mesh, volume: textAt(taken.value, 'name') })
    : finding('ContainerNameTaken', { mesh, path: taken.path })
}

/** Ports of the containers that a form adds. */
export const portsOf = ({
  form,
  additions,
}: Pick<Place, 'form' | 'additions'>): readonly number[] => {
  const { sds, istioProxy, port } = sidecarNames(form)
  const adds = (name: string) => additions.some(({ path }) => path === `containers[${name}]`)
  return [...(adds(sds) ? [port] : []), ...(adds(istioProxy) ? agentPorts(form) : [])]
}

const takenPort = (place: Place): Finding | undefined => {
  const wanted = portsOf(place)
  for (const container of containersOf(place.base))
    for (const found of items(field(container, 'ports'))) {
      const port = Number(field(found, 'containerPort'))
      if (wanted.includes(port))
        return finding('PortTaken', {
          mesh: formatMeshRef(place.form.mesh),
          container: textAt(container, 'name'),
          port: `${port}`,
        })
    }
  return undefined
}
