import type { Decision } from './decision.ts'
import type { Finding } from './reasons.ts'

/** Every finding of a decision, the one that decided first. */
export const findingsOf = ({ finding, notices }: Decision): readonly Finding[] => [
  finding,
  ...notices,
]

/** One line for people: the sentence, and its reason to look up. */
export const lineOf = ({ message, reason }: Finding): string => `${message} [${reason}]`

/** What the user should act on, as `kubectl` shows it after "Warning: "; nothing of what is only observed. */
export const warningsOf = (decision: Decision): readonly string[] =>
  isOnlyObserved(decision)
    ? []
    : findingsOf(decision)
        .filter(isWarning)
        .map(finding => `gloo-istio: ${lineOf(finding)}`)

/**
 * What an Event says of an object that was looked at: the warning that decided, or what the stage holds
 * back. Undefined when there is nothing to act on.
 */
export const toTell = ({ finding, notices }: Decision): Finding | undefined =>
  [finding, ...notices.filter(({ reason }) => reason === 'StageWarn')].find(isWarning)

const isOnlyObserved = ({ notices }: Decision): boolean =>
  notices.some(({ reason }) => reason === 'StageObserve')

const isWarning = ({ level }: Finding): boolean => level === 'warning'

/** For the API server's audit log, which puts the webhook's name before each key. */
export const auditAnnotationsOf = ({ finding, notices }: Decision) => ({
  reason: finding.reason,
  message: finding.message,
  ...(notices.length > 0 && { notices: notices.map(lineOf).join('; ') }),
})
