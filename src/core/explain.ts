import type { Decision } from './decision.ts'
import type { Finding } from './reasons.ts'

/** Every finding of a decision, the one that decided first. */
export const findingsOf = ({ finding, notices }: Decision): readonly Finding[] => [
  finding,
  ...notices,
]

/** One line for people: the sentence, and its reason to look up. */
export const lineOf = ({ message, reason }: Finding): string => `${message} [${reason}]`

/** What the user should act on, as `kubectl` shows it after "Warning: ". */
export const warningsOf = (decision: Decision): readonly string[] =>
  findingsOf(decision)
    .filter(({ level }) => level === 'warning')
    .map(finding => `gloo-istio: ${lineOf(finding)}`)

/** For the API server's audit log, which puts the webhook's name before each key. */
export const auditAnnotationsOf = ({ finding, notices }: Decision) => ({
  reason: finding.reason,
  message: finding.message,
  ...(notices.length > 0 && { notices: notices.map(lineOf).join('; ') }),
})
