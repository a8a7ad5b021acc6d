import { ApiError } from './api.ts'

/** What could not be seen, and why; the first reason for each thing counts. */
export class Unseen {
  readonly #reasons = new Map<string, string>()

  note(source: string, error: unknown): void {
    if (!this.#reasons.has(source)) this.#reasons.set(source, reasonOf(error))
  }

  /** Asks for something; what is answered other than success is noted, and `otherwise` stands in for it. */
  async ask<T>(source: string, asked: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await asked
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.statusCode !== 404) this.note(source, error)
      return otherwise
    }
  }

  reasons(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#reasons)
  }
}

/** apiserver@v0.37.2:pkg/endpoints/handlers/responsewriters/errors.go */
const FORBIDDEN =
  /cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/

const reasonOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  const [, verb, resource, group, namespace] = FORBIDDEN.exec(message) ?? []
  if (verb === undefined) return `cannot be seen: ${message}`
  const kind = group ? `${resource}.${group}` : resource
  return `cannot be seen without the right to ${verb} ${kind}${namespace ? ` in ${namespace}` : ''}`
}
