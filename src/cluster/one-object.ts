import type { JsonObject } from '../core/types.ts'
import { Informer, type InformerPorts } from './informer.ts'
import type { Resource } from './list.ts'

/** Ports of an informer, but for what it is to be told. */
export type OneObjectPorts = Omit<InformerPorts, 'onReplace' | 'onChange' | 'onRemove'>

export interface OneObjectOptions {
  /** For logs: `Secret gloo-istio/gloo-istio-authority`. */
  readonly kind: string
  /** Where its collection may be served, best first. */
  readonly paths: readonly string[]
  readonly name: string
  readonly ports: OneObjectPorts
  /** Hears of each version; undefined when there is none. */
  readonly onChange: (object: JsonObject | undefined) => void
}

/** Follows one object by its name; rights to it may be limited to that name. */
export class OneObject {
  readonly #informer: Informer
  readonly #onChange: (object: JsonObject | undefined) => void
  #object: JsonObject | undefined
  #isHeard = false

  constructor({ kind, paths, name, ports, onChange }: OneObjectOptions) {
    const resource: Resource = {
      kind,
      paths,
      fieldSelector: `metadata.name=${name}`,
      trim: object => object,
    }
    this.#onChange = onChange
    this.#informer = new Informer(resource, {
      ...ports,
      onReplace: ([object]) => this.take(object),
      onChange: object => this.take(object),
      onRemove: () => this.take(undefined),
    })
  }

  /** Whether it is known what there is. */
  get isHeard(): boolean {
    return this.#isHeard
  }

  /** The newest version; undefined when there is none. */
  get object(): JsonObject | undefined {
    return this.#object
  }

  /** When the API server last gave a sign of life, by `now`. */
  get lastHeard(): number {
    return this.#informer.lastHeard
  }

  start(): void {
    this.#informer.start()
  }

  close(): void {
    this.#informer.close()
  }

  /** Takes a version that was heard of otherwise: the answer to a write, for instance. */
  take(object: JsonObject | undefined): void {
    this.#object = object
    this.#isHeard = true
    this.#onChange(object)
  }
}
