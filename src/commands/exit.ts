/** What the user has to mend, a line each. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The answer is no; it has been printed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}
