import { ApiError, type ApiRequest } from '../../src/cluster/api.ts'
import { textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'

const COLLECTION = 'namespaces/gloo-istio/leases'
/** A failure as the API server tells it. */
export const refusal = (statusCode: number, reason: string) =>
  new ApiError({ statusCode, headers: {} }, JSON.stringify({ message: reason, reason }))

/** The part of an API server that holds one Lease. */
export class LeaseServer {
  lease: JsonObject | undefined
  #writes = 0
  readonly #served: readonly string[]

  constructor(served: readonly string[] = ['v1', 'v1beta1']) {
    this.#served = served
  }

  get spec(): JsonObject {
    return { ...(this.lease?.['spec'] as JsonObject | undefined) }
  }

  /** What anybody else writes. */
  store(lease: JsonObject): JsonObject {
    const resourceVersion = String(++this.#writes)
    this.lease = { ...lease, metadata: { ...(lease['metadata'] as JsonObject), resourceVersion } }
    return this.lease
  }

  async request({ method = 'GET', path, body }: ApiRequest): Promise<JsonObject> {
    const [, version = '', rest] = /^\/apis\/coordination\.k8s\.io\/(\w+)\/(.+)$/.exec(path) ?? []
    if (!this.#served.includes(version)) throw refusal(404, 'NotFound')
    if (method === 'POST') {
      if (rest !== COLLECTION) throw refusal(405, 'MethodNotAllowed')
      if (this.lease) throw refusal(409, 'AlreadyExists')
      return this.store(body as JsonObject)
    }
    if (rest !== `${COLLECTION}/leader` || this.lease === undefined) throw refusal(404, 'NotFound')
    if (method === 'GET') return this.lease
    const versionOf = (lease: unknown) => textAt(lease, 'metadata', 'resourceVersion')
    if (versionOf(body) !== versionOf(this.lease)) throw refusal(409, 'Conflict')
    return this.store(body as JsonObject)
  }
}
