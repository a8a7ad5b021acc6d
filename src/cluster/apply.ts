import { field, textAt } from '../core/json.ts'
import { type ApplyOutcome, type Change, withPrecondition } from '../core/plan.ts'
import { type Collection, collectionOf } from '../core/snapshot.ts'
import type { JsonObject } from '../core/types.ts'
import { type ApiClient, ApiError } from './api.ts'
import { isStatus } from './api-status.ts'

/** Who wrote, in `managedFields`. */
const FIELD_MANAGER = 'gloo-istio'
const RETRY_SECONDS = 1

const PATHS: Partial<Record<Collection, string>> = {
  upstreams: '/apis/gloo.solo.io/v1',
  deployments: '/apis/apps/v1',
  daemonSets: '/apis/apps/v1',
  configMaps: '/api/v1',
}

const pathOf = (object: JsonObject): string => {
  const collection = collectionOf(object)
  const group = collection && PATHS[collection]
  if (collection === undefined || group === undefined) throw new TypeError('nothing that we write')
  const [namespace, name] = ['namespace', 'name'].map(key =>
    encodeURIComponent(textAt(field(object, 'metadata'), key)),
  )
  return `${group}/namespaces/${namespace}/${collection.toLowerCase()}/${name}`
}

type Api = Pick<ApiClient, 'request'>

const send = (api: Api, change: Change, isDryRun: boolean): Promise<JsonObject> =>
  api.request({
    method: 'PATCH',
    path: pathOf(change.object),
    query: { fieldManager: FIELD_MANAGER, dryRun: isDryRun ? 'All' : undefined },
    body: withPrecondition(change),
    contentType: 'application/json-patch+json',
  })

/** Writes a change, unless the object is no longer the one that it was planned for. */
export const applyWith =
  (api: Api, { dryRun = false }: { readonly dryRun?: boolean } = {}) =>
  async (change: Change): Promise<ApplyOutcome> => {
    try {
      const stored = await send(api, change, dryRun)
      return { kind: 'written', resourceVersion: textAt(stored, 'metadata', 'resourceVersion') }
    } catch (error) {
      return (await isOutdated(api, change, error)) ? { kind: 'conflict' } : outcomeOf(error)
    }
  }

/**
 * A patch of paths that are gone is invalid to the API server, before it looks at any version. So that is
 * asked for alone, which takes no other right than the patch.
 */
const isOutdated = async (api: Api, change: Change, error: unknown): Promise<boolean> => {
  if (!isStatus(error, 422)) return false
  const answer = await send(api, { ...change, patch: [] }, true).catch((told: unknown) => told)
  return isStatus(answer, 409)
}

const outcomeOf = (error: unknown): ApplyOutcome => {
  const told = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof ApiError))
    return { kind: 'unavailable', error: told, retryAfterSeconds: RETRY_SECONDS }
  const { statusCode, retryAfter = RETRY_SECONDS } = error
  if (statusCode === 409) return { kind: 'conflict' }
  if (statusCode === 404) return { kind: 'gone' }
  if (statusCode === 429 || statusCode >= 500)
    return { kind: 'unavailable', error, retryAfterSeconds: retryAfter }
  return { kind: 'refused', error }
}
