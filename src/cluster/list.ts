import { fieldAt, isRecord, items, textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import type { ApiClient } from './api.ts'
import { isStatus } from './api-status.ts'

/** What an informer keeps track of. */
export interface Resource {
  /** For metrics and logs: `namespaces`, for instance. */
  readonly kind: string
  /** Where it may be served, `/apis/security.istio.io/v1/peerauthentications` for instance, best first. */
  readonly paths: readonly string[]
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Applied to each object on arrival, before anything keeps it. */
  readonly trim: (object: JsonObject) => JsonObject
}

/** From where a watch goes on. */
export interface Position {
  readonly path: string
  readonly resourceVersion: string
}

/** All objects, as of a version. */
export interface Listed extends Position {
  readonly objects: readonly JsonObject[]
}

export interface ListOptions {
  readonly api: Pick<ApiClient, 'request'>
  readonly resource: Resource
  readonly signal: AbortSignal
  /** Hears of each answer. */
  readonly onPage: () => void
}

/** Objects of one page; what is left of a page once they are trimmed is garbage before the next comes. */
const PAGE = 500

/**
 * All objects of the resource, from the first of its paths that is there; undefined when none is.
 * Throws what the API server answered, 410 when it forgot the list half-way.
 */
export const listAll = async (options: ListOptions): Promise<Listed | undefined> => {
  for (const path of options.resource.paths) {
    try {
      return await listFrom(path, options)
    } catch (error) {
      if (!isStatus(error, 404)) throw error
    }
  }
  return undefined
}

const listFrom = async (path: string, options: ListOptions): Promise<Listed> => {
  const { api, resource, signal, onPage } = options
  const { labelSelector, fieldSelector } = resource
  const objects: JsonObject[] = []
  let next: string | undefined
  for (;;) {
    const query = { labelSelector, fieldSelector, limit: PAGE, continue: next }
    const page = await api.request({ path, query, signal })
    onPage()
    const resourceVersion = textAt(page, 'metadata', 'resourceVersion')
    // Whatever else may answer on the way there, a proxy for one: it is no proof that nothing is there.
    if (resourceVersion === '')
      throw new TypeError(`${path} answered with something else than a list`)
    for (const object of objectsOf(page)) objects.push(resource.trim(object))
    next = textAt(page, 'metadata', 'continue')
    if (next === '') return { path, resourceVersion, objects }
  }
}

/** Items of the built-in kinds do not say what they are; their list does. */
const objectsOf = (page: JsonObject): readonly JsonObject[] => {
  const apiVersion = textAt(page, 'apiVersion')
  const kind = textAt(page, 'kind').replace(/List$/, '')
  return items(fieldAt(page, 'items'))
    .filter(isRecord)
    .map(item => ({ apiVersion, kind, ...item }))
}
