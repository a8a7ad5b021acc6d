import type { Change } from './additions.ts'
import type { Mark } from './mark.ts'
import type { Finding } from './reasons.ts'
import type { AdmissionRequest, Facts, JsonObject } from './types.ts'

/** What is to be done with an object, and why. */
export type Decision = Said & (Skip | WriteSslConfig | ChangeWorkload | WriteBootstrap)

interface Said {
  readonly finding: Finding
  /** What else the user should know; the finding itself is not repeated here. */
  readonly notices: readonly Finding[]
}
interface Skip {
  readonly kind: 'skip'
}
interface WriteSslConfig {
  readonly kind: 'write-ssl-config'
  /** Undefined takes it away. */
  readonly sslConfig: JsonObject | undefined
  readonly mark: Mark
}
interface ChangeWorkload {
  readonly kind: 'change-workload'
  readonly change: Change
  /** What the object was marked with so far. */
  readonly mark: Mark
}
interface WriteBootstrap {
  readonly kind: 'write-bootstrap'
  readonly key: string
  readonly text: string
  readonly mark: Mark
}

/** A request whose object is known to be there. */
export type Write = AdmissionRequest & { readonly object: JsonObject }

/** One question about a write. It speaks by answering; undefined leaves it to the next rule. */
export type Rule = (write: Write, facts: Facts) => Decision | undefined

export const skip = (finding: Finding, notices: readonly Finding[] = []): Decision => ({
  kind: 'skip',
  finding,
  notices,
})

/** First rule that speaks wins; the order is the policy. */
export const firstToSpeak = (rules: readonly Rule[], write: Write, facts: Facts) => {
  for (const rule of rules) {
    const decision = rule(write, facts)
    if (decision) return decision
  }
  return undefined
}
