/** Keys that are to be looked at, each once and not before its time. */
export class WorkQueue {
  readonly #due = new Map<string, number>()
  #wake: (() => void) | undefined

  /** Puts a key in; one that is there already keeps the earlier of its times. */
  add(key: string, dueAt: number): void {
    const before = this.#due.get(key)
    if (before !== undefined && before <= dueAt) return
    this.#due.set(key, dueAt)
    this.#wake?.()
  }

  /** Takes out the keys whose time has come. */
  takeDue(now: number): readonly string[] {
    const due = [...this.#due].filter(([, at]) => at <= now).map(([key]) => key)
    for (const key of due) this.#due.delete(key)
    return due
  }

  /** When the next is due; undefined when the queue is empty. */
  get nextDue(): number | undefined {
    // There may be more of them than a call takes arguments.
    let first: number | undefined
    for (const at of this.#due.values()) if (first === undefined || at < first) first = at
    return first
  }

  get size(): number {
    return this.#due.size
  }

  clear(): void {
    this.#due.clear()
  }

  /** Called when a key is put in that may be due before what was waited for. */
  onAdd(wake: (() => void) | undefined): void {
    this.#wake = wake
  }
}
