import { ApiError } from './api.ts'

/** Whether the API server answered with one of these codes. */
export const isStatus = (error: unknown, ...codes: readonly number[]): error is ApiError =>
  error instanceof ApiError && codes.includes(error.statusCode)
