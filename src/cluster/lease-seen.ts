import { fieldAt, textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'

/** Whom a Lease names; empty when nobody. */
export const holderOf = (lease: unknown): string => textAt(lease, 'spec', 'holderIdentity')

/**
 * What one process has seen of a Lease, and since when by its own clock. The times written in it are
 * those of other clocks, and not looked at.
 */
export class LeaseSeen {
  #version = ''
  #holder = ''
  #freeAt = 0

  /** Whom it named when it was last there; empty when nobody. */
  get holder(): string {
    return this.#holder
  }

  /** Takes note of a Lease as it is now, in milliseconds; one that is gone is one that is not renewed. */
  note(lease: JsonObject | undefined, now: number, durationSeconds: number): void {
    const version = textAt(lease, 'metadata', 'resourceVersion')
    if (lease === undefined || version === this.#version) return
    this.#version = version
    this.#holder = holderOf(lease)
    this.#freeAt = now + 1000 * (durationOf(lease) ?? durationSeconds)
  }

  /** Whether `identity` may take it, or has it. */
  isFreeFor(identity: string, now: number): boolean {
    return this.#holder === '' || this.#holder === identity || now >= this.#freeAt
  }
}

/** For how long its holder said it holds it, in seconds. */
const durationOf = (lease: JsonObject): number | undefined => {
  const seconds = fieldAt(lease, 'spec', 'leaseDurationSeconds')
  return typeof seconds === 'number' && seconds > 0 ? seconds : undefined
}
