import type { Command, Option } from 'commander'

/** What a command line that is being typed asks for. */
export type Wanted =
  | { readonly kind: 'flag'; readonly given: ReadonlySet<Option> }
  | { readonly kind: 'value'; readonly option: Option }
  /** Either a command below this one, or its argument at this place. */
  | { readonly kind: 'word'; readonly at: number }

export interface Line {
  /** The command that has been named so far. */
  readonly command: Command
  readonly wanted: Wanted
  /** What is typed already of that. */
  readonly prefix: string
  /** The values of flags, by the long names of these. */
  readonly values: ReadonlyMap<string, string>
}

/** Reads words up to the cursor, the last of which is being typed. */
export const readLine = (program: Command, words: readonly string[]): Line => {
  const start: Read = {
    command: program,
    pending: undefined,
    given: new Set(),
    values: new Map(),
    at: 0,
  }
  const read = words.slice(0, -1).reduce(readWord, start)
  const { command, values } = read
  return { command, values, ...wantedBy(words.at(-1) ?? '', read) }
}

interface Read {
  readonly command: Command
  /** The flag whose value is the next word. */
  readonly pending: Option | undefined
  readonly given: ReadonlySet<Option>
  readonly values: ReadonlyMap<string, string>
  /** How many arguments there were. */
  readonly at: number
}

const readWord = (read: Read, word: string): Read => {
  const { command, pending, values, at } = read
  if (pending) return { ...read, pending: undefined, values: withFlag(values, pending, word) }
  const flag = flagIn(command, word)
  if (flag) return readFlag(read, flag)
  const below = at === 0 ? named(command, word) : undefined
  if (below) return { ...read, command: below }
  return word.startsWith('-') ? read : { ...read, at: at + 1 }
}

const readFlag = (read: Read, { option, value }: Flag): Read => ({
  ...read,
  given: new Set([...read.given, option]),
  values: value === undefined ? read.values : withFlag(read.values, option, value),
  pending: value === undefined && takesValue(option) ? option : undefined,
})

const withFlag = (values: ReadonlyMap<string, string>, option: Option, value: string) =>
  new Map([...values, [longOf(option), value]])

const wantedBy = (
  typed: string,
  { command, pending, given, at }: Read,
): Pick<Line, 'wanted' | 'prefix'> => {
  if (pending) return { wanted: { kind: 'value', option: pending }, prefix: typed }
  if (!typed.startsWith('-')) return { wanted: { kind: 'word', at }, prefix: typed }
  const flag = flagIn(command, typed)
  if (flag?.value === undefined) return { wanted: { kind: 'flag', given }, prefix: typed }
  return { wanted: { kind: 'value', option: flag.option }, prefix: flag.value }
}

interface Flag {
  readonly option: Option
  /** What stands after an equals sign. */
  readonly value: string | undefined
}

/** The flag that a word names. */
const flagIn = (command: Command, word: string): Flag | undefined => {
  if (!word.startsWith('-')) return undefined
  const end = word.indexOf('=')
  const name = end < 0 ? word : word.slice(0, end)
  const option = command.options.find(({ short, long }) => name === short || name === long)
  return option && { option, value: end < 0 ? undefined : word.slice(end + 1) }
}

const named = (command: Command, word: string): Command | undefined =>
  command.commands.find(below => below.name() === word || below.aliases().includes(word))

export const takesValue = ({ required, optional }: Option): boolean => required || optional

export const longOf = ({ long, short }: Option): string => long ?? short ?? ''
