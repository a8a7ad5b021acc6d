/** What the user has to mend, a line each. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The answer is no; it has been printed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** Nothing can be done without the API server. */
export const unreachable = (cause: unknown): Error =>
  new Error(
    `the API server of the kubeconfig cannot be asked: ${messageOf(cause)}; see that kubectl reaches it`,
    { cause },
  )
