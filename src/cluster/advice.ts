import { ApiError } from './api.ts'

/** What to do, by status code. */
export type Advice = Readonly<Record<number, string>>

const UNREACHABLE = 'see that kubectl reaches the API server'

/** Has an error say what could not be done, and what to do about it. */
export const withAdvice = async <T>(
  request: Promise<T>,
  what: string,
  advice: Advice,
): Promise<T> => {
  try {
    return await request
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    const todo = cause instanceof ApiError ? advice[cause.statusCode] : UNREACHABLE
    throw new Error([`${what}: ${said}`, todo].filter(Boolean).join('; '), { cause })
  }
}
