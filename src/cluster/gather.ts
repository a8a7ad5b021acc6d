import { meshConfigMapsOf } from '../core/detected-meshes.ts'
import { controlPlanesIn, detectedIn, liveFacts, type Told } from '../core/live.ts'
import { type Collection, EMPTY_SNAPSHOT, withCollection } from '../core/snapshot.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import type { ApiClient, ApiError } from './api.ts'
import { isStatus } from './api-status.ts'
import { listAll } from './list.ts'
import { BOOTSTRAPS, meshConfigWatch, WATCHED, type Watched } from './resources.ts'

export interface GatherOptions {
  readonly api: Pick<ApiClient, 'request'>
  readonly told: Told
  readonly hasBootstraps: boolean
  readonly signal: AbortSignal
  /** Hears what cannot be seen for want of rights: what it would tell is unknown then. */
  readonly onForbidden: (kind: string, error: ApiError) => void
}

/** The facts of a cluster as it is now: each thing listed once, nothing watched. Throws ApiError. */
export const gatherFacts = async (options: GatherOptions): Promise<Facts> => {
  const { hasBootstraps, told } = options
  const held = new Map<Collection, JsonObject[]>()
  const take = async ({ collection, resource }: Watched) => {
    const found = await list(options, resource)
    held.set(collection, [...(held.get(collection) ?? []), ...found])
  }
  await Promise.all([...WATCHED, ...(hasBootstraps ? [BOOTSTRAPS] : [])].map(take))
  const snapshotNow = () =>
    [...held].reduce(
      (before, [collection, objects]) => withCollection(before, collection, objects),
      EMPTY_SNAPSHOT,
    )
  const meshConfigs = meshConfigMapsOf(controlPlanesIn(told, snapshotNow()))
  await Promise.all(
    meshConfigs.map(({ namespace, name }) => take(meshConfigWatch(namespace, name))),
  )
  const snapshot = snapshotNow()
  return liveFacts(told, snapshot, detectedIn(told, snapshot))
}

const list = async (
  { api, signal, onForbidden }: GatherOptions,
  resource: Watched['resource'],
): Promise<readonly JsonObject[]> => {
  try {
    const listed = await listAll({ api, resource, signal, onPage: () => {} })
    return listed?.objects ?? []
  } catch (error) {
    if (!isStatus(error, 403)) throw error
    onForbidden(resource.kind, error)
    return []
  }
}
