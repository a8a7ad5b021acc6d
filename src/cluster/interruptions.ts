/** Which watches have failed and were not heard of since. */
export class Interruptions {
  readonly #failures = new Map<string, { readonly at: number; readonly message: string }>()

  /** `at` in milliseconds. */
  note(watch: string, error: unknown, at: number): void {
    this.#failures.set(watch, {
      at,
      message: error instanceof Error ? error.message : String(error),
    })
  }

  /** What the oldest that goes on said; undefined when none does. `staleness` is in seconds, at `now`. */
  trouble(staleness: ReadonlyMap<string, number>, now: number): string | undefined {
    for (const [watch, { at }] of this.#failures)
      if (now - (staleness.get(watch) ?? 0) * 1000 > at) this.#failures.delete(watch)
    const [first] = this.#failures
    return first && `${first[0]}: ${first[1].message}`
  }
}
