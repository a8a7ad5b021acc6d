import { field, fieldAt, isRecord } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import type { ApiClient } from './api.ts'
import { isStatus } from './api-status.ts'
import { holderOf } from './lease-seen.ts'

/** v1 from Kubernetes 1.14; v1beta1 is all that 1.13 has. */
const VERSIONS = ['coordination.k8s.io/v1', 'coordination.k8s.io/v1beta1']

/** One Lease of the API server. What it answers other than success is thrown. */
export class LeaseRecord {
  readonly #api: Pick<ApiClient, 'request'>
  readonly #namespace: string
  readonly #name: string

  constructor(api: Pick<ApiClient, 'request'>, namespace: string, name: string) {
    this.#api = api
    this.#namespace = namespace
    this.#name = name
  }

  /** Undefined when it does not exist. */
  async read(signal: AbortSignal): Promise<JsonObject | undefined> {
    try {
      return await firstServed(version => this.#api.request({ path: this.#path(version), signal }))
    } catch (error) {
      if (isStatus(error, 404)) return undefined
      throw error
    }
  }

  /** Stores `spec` in the Lease as it was read; 409 when it has changed since. Answers what is stored. */
  write(lease: JsonObject | undefined, spec: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const metadata = { namespace: this.#namespace, name: this.#name }
    return firstServed(apiVersion => {
      const body = { metadata, ...lease, apiVersion, kind: 'Lease', spec }
      const at =
        lease === undefined
          ? ({ method: 'POST', path: this.#collection(apiVersion) } as const)
          : ({ method: 'PUT', path: this.#path(apiVersion) } as const)
      return this.#api.request({ ...at, body, signal })
    })
  }

  #path(apiVersion: string): string {
    return `${this.#collection(apiVersion)}/${this.#name}`
  }

  #collection(apiVersion: string): string {
    return `/apis/${apiVersion}/namespaces/${this.#namespace}/leases`
  }
}

/** A version that is not served and a Lease that is not there look alike: both are a 404. */
const firstServed = async (
  request: (apiVersion: string) => Promise<JsonObject>,
): Promise<JsonObject> => {
  const errors: unknown[] = []
  for (const apiVersion of VERSIONS) {
    try {
      return await request(apiVersion)
    } catch (error) {
      if (!isStatus(error, 404)) throw error
      errors.push(error)
    }
  }
  throw errors[0]
}

export interface Holding {
  readonly identity: string
  readonly seconds: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The spec of a Lease that is acquired, or renewed by whom it names already. */
export const heldSpec = (
  lease: JsonObject | undefined,
  { identity, seconds, now }: Holding,
): JsonObject => {
  const renewed = lease === undefined || holderOf(lease) === identity
  const renewTime = microTime(now)
  const acquireTime = (renewed && fieldAt(lease, 'spec', 'acquireTime')) || renewTime
  const leaseTransitions = transitionsOf(lease) + (renewed ? 0 : 1)
  const held = { holderIdentity: identity, leaseDurationSeconds: seconds }
  return { ...specOf(lease), ...held, acquireTime, renewTime, leaseTransitions }
}

/** The spec of a Lease that its holder gives up: nobody's, and for the least time that is valid. */
export const releasedSpec = (lease: JsonObject, now: number): JsonObject => {
  const time = microTime(now)
  const nobody = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time }
  return { ...specOf(lease), ...nobody, leaseTransitions: transitionsOf(lease) }
}

const specOf = (lease: unknown): JsonObject => {
  const spec = field(lease, 'spec')
  return isRecord(spec) ? spec : {}
}

const transitionsOf = (lease: unknown): number => {
  const count = fieldAt(lease, 'spec', 'leaseTransitions')
  return typeof count === 'number' && count > 0 ? count : 0
}

/** Six digits, no fewer: kubernetes@1.37.2:staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/micro_time.go */
const microTime = (now: number): string => new Date(now).toISOString().replace('Z', '000Z')
