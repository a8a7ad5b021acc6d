import type { ApiClient, ApiRequest } from './api.ts'
import { ApiError } from './api.ts'
import { isStatus } from './api-status.ts'

/**
 * The API server as those see it who may not see everything: what is forbidden is as if it were not installed, so
 * that the rest is shown, and asked for again as rarely.
 */
export class PermittedApi implements Pick<ApiClient, 'request' | 'lines'> {
  readonly #api: Pick<ApiClient, 'request' | 'lines'>
  readonly #forbidden = new Map<string, string>()

  constructor(api: Pick<ApiClient, 'request' | 'lines'>) {
    this.#api = api
  }

  /** What is forbidden, in the API server's words. */
  get unseen(): readonly string[] {
    return [...new Set(this.#forbidden.values())].toSorted()
  }

  async request(asked: ApiRequest): ReturnType<ApiClient['request']> {
    try {
      const answer = await this.#api.request(asked)
      this.#forbidden.delete(asked.path)
      return answer
    } catch (error) {
      if (!isStatus(error, 403)) throw error
      this.#forbidden.set(asked.path, error.message)
      throw new ApiError({ statusCode: 404, headers: {} }, '')
    }
  }

  lines(asked: ApiRequest, onAnswer?: () => void): ReturnType<ApiClient['lines']> {
    return this.#api.lines(asked, onAnswer)
  }
}
