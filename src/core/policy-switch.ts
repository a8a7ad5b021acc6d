import { textOf } from './json.ts'
import { type Finding, finding, quote } from './reasons.ts'

/** What a rule says of an Upstream: switched on, switched off, or nothing that can be understood. */
export type Say = 'on' | 'off' | 'unclear'

export interface Spoken {
  readonly say: Say
  readonly finding: Finding
}

/** One rule, what it looked at, and what it says; it leaves the Upstream to the next when it says nothing. */
export interface Heard {
  /** Only who explains a decision asks: a review has no time to word it. */
  readonly saw: () => string
  readonly spoken?: Spoken | undefined
}

/** A switch as somebody set it, on one object or another. */
export interface Switch {
  readonly where: string
  readonly value: unknown
  readonly port: number | undefined
  readonly on: () => Finding
  readonly off: () => Finding
  /** What there is to say of a word that means nothing. */
  readonly slip: (value: string) => Finding
}

export const on = (found: Finding): Spoken => ({ say: 'on', finding: found })

/** What a switch says of a port: `enabled`, `disabled`, or for single ports `9080:enabled`, separated by commas. */
export const bySwitch = (asked: Switch): Heard => {
  const { where, value, port } = asked
  if (value === undefined) return { saw: () => `${where} is not set` }
  const saw = () => `${where} is ${quote(value)}`
  const word = wordFor(value, port)
  if (word === undefined) return { saw: () => `${saw()}, for other ports` }
  return { saw, spoken: spokenBy(asked, word) }
}

const spokenBy = ({ value, on: say, off, slip }: Switch, word: string): Spoken => {
  if (word === 'enabled') return on(say())
  if (word === 'disabled') return { say: 'off', finding: off() }
  return { say: 'unclear', finding: slip(quote(value)) }
}

const ENTRY = /^(?:(\d{1,5}):)?(enabled|disabled)$/

/** The word that holds for a port: that of its own entry, else the one for all; '' when one is a slip. */
const wordFor = (value: unknown, port: number | undefined): string | undefined => {
  // Nearly every switch is one word, and needs not be taken apart.
  if (value === 'enabled' || value === 'disabled') return value
  const entries = (textOf(value) ?? 'no text').split(',').map(entry => ENTRY.exec(entry.trim()))
  if (entries.includes(null)) return ''
  const found = entries.find(entry => entry?.[1] !== undefined && Number(entry[1]) === port)
  return (found ?? entries.find(entry => entry?.[1] === undefined))?.[2]
}

export const OUTSIDE = 'its destination is no Service of the cluster'

/** Several destinations share one `sslConfig`, so they have to want the same. */
export const agreed = (answers: readonly Heard[]): Heard => {
  const [first, ...others] = answers
  if (first === undefined) return { saw: () => OUTSIDE }
  if (others.length === 0) return first
  const saw = () => [...new Set(answers.map(answer => answer.saw()))].join('; ')
  const unclear = answers.find(({ spoken }) => spoken?.say === 'unclear')
  if (unclear) return { saw, spoken: unclear.spoken }
  if (answers.every(({ spoken }) => spoken?.say === first.spoken?.say)) return { ...first, saw }
  return { saw, spoken: { say: 'unclear', finding: finding('DestinationsDiffer', {}) } }
}
