import { ROTATE_BEFORE_ANNOTATION } from '../core/annotations.ts'
import { fieldAt, isRecord, textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import type { ApiClient } from './api.ts'
import { isStatus } from './api-status.ts'
import { OneObject, type OneObjectPorts } from './one-object.ts'

type SecretData = Readonly<Record<string, string>>

/** A version of the Secret, as far as it counts. */
export interface StoredSecret {
  /** Empty when there is none. */
  readonly version: string
  /** As text. */
  readonly data: SecretData
  /** What its annotation says, in milliseconds since 1970; 0 when it says nothing. */
  readonly rotateBefore: number
}

export interface AuthoritySecretOptions {
  readonly namespace: string
  readonly name: string
  /** Keys that are ours, whether or not there is anything to hold; others are somebody else's, and stay. */
  readonly keys: readonly string[]
  readonly ports: OneObjectPorts & { readonly api: Pick<ApiClient, 'request' | 'lines'> }
  /** Hears that there is another version. */
  readonly onChange: () => void
}

/** The authority of all replicas in a Secret: followed by a watch, written over the version that was seen. */
export class AuthoritySecret {
  readonly #options: AuthoritySecretOptions
  readonly #collection: string
  readonly #secret: OneObject

  constructor(options: AuthoritySecretOptions) {
    const { namespace, name, ports, onChange } = options
    this.#options = options
    this.#collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`
    const kind = `Secret ${namespace}/${name}`
    this.#secret = new OneObject({ kind, paths: [this.#collection], name, ports, onChange })
  }

  start(): void {
    this.#secret.start()
  }

  stored(): StoredSecret | undefined {
    const { isHeard, object } = this.#secret
    if (!isHeard) return undefined
    return object ? storedIn(object) : { version: '', data: {}, rotateBefore: 0 }
  }

  /** Writes `data` over the version given. Answers false when somebody was faster; throws what the API server says. */
  async write(data: SecretData, over: StoredSecret): Promise<boolean> {
    if (this.stored()?.version !== over.version) return false
    try {
      this.#secret.take(await this.#put(data))
      return true
    } catch (error) {
      // 404: it was deleted, and is to be made.
      if (!isStatus(error, 409) && !isStatus(error, 404)) throw error
      await this.#readAgain()
      return false
    }
  }

  close(): void {
    this.#secret.close()
  }

  #put(data: SecretData): Promise<JsonObject> {
    const { api } = this.#options.ports
    const { object } = this.#secret
    const body = { ...(object ?? this.#empty()), data: this.#dataWith(data) }
    return object
      ? api.request({ method: 'PUT', path: this.#path, body })
      : api.request({ method: 'POST', path: this.#collection, body })
  }

  get #path(): string {
    return `${this.#collection}/${encodeURIComponent(this.#options.name)}`
  }

  #empty(): JsonObject {
    const { namespace, name } = this.#options
    // No label: Helm owns those, and would find a conflict at its next upgrade.
    const metadata = { namespace, name }
    return { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata }
  }

  #dataWith(data: SecretData): JsonObject {
    const held = fieldAt(this.#secret.object, 'data')
    const others = Object.entries(isRecord(held) ? held : {}).filter(
      ([key]) => !this.#options.keys.includes(key),
    )
    const ours = Object.entries(data).map(([key, text]) => [key, encode(text)])
    return Object.fromEntries([...others, ...ours])
  }

  async #readAgain(): Promise<void> {
    try {
      this.#secret.take(await this.#options.ports.api.request({ path: this.#path }))
    } catch (error) {
      if (!isStatus(error, 404)) throw error
      this.#secret.take(undefined)
    }
  }
}

const storedIn = (secret: JsonObject): StoredSecret => {
  const data = fieldAt(secret, 'data')
  const texts = Object.entries(isRecord(data) ? data : {}).map(([key, value]) => [
    key,
    Buffer.from(String(value), 'base64').toString(),
  ])
  return {
    version: textAt(secret, 'metadata', 'resourceVersion'),
    data: Object.fromEntries(texts),
    rotateBefore:
      Date.parse(textAt(secret, 'metadata', 'annotations', ROTATE_BEFORE_ANNOTATION)) || 0,
  }
}

const encode = (text: string) => Buffer.from(text).toString('base64')
