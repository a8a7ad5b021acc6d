import type { Argument, Command, Option } from 'commander'
import { type Line, longOf, takesValue } from './completion-line.ts'

export interface Candidate {
  readonly value: string
  readonly description?: string
}

/** What can be asked of a cluster or a kubeconfig. */
export type Source =
  | 'namespaces'
  | 'upstreams'
  | 'upstreamNames'
  | 'meshes'
  | 'proxies'
  | 'proxyNames'
  | 'contexts'

/** What may stand at the cursor: these, or files, or what a source knows. */
export type Offer =
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'files' }
  | { readonly kind: 'live'; readonly source: Source }

const NOTHING: Offer = { kind: 'candidates', candidates: [] }

/** What a command line may go on with. */
export const offerFor = ({ command, wanted }: Line): Offer => {
  if (wanted.kind === 'flag')
    return { kind: 'candidates', candidates: flags(command, wanted.given) }
  if (wanted.kind === 'value') return valuesOf(wanted.option, command)
  const below = wanted.at === 0 ? visible(command) : []
  if (below.length > 0) return { kind: 'candidates', candidates: below }
  const argument = command.registeredArguments[wanted.at]
  return argument ? argumentsOf(argument, command) : NOTHING
}

const visible = (command: Command): readonly Candidate[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map(below => ({ value: below.name(), description: below.description() }))

const flags = (command: Command, given: ReadonlySet<Option>): readonly Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter(option => !given.has(option))
    .map(option => ({ value: longOf(option), description: option.description }))

const SOURCES: Readonly<Record<string, Source>> = {
  '--namespace': 'namespaces',
  '--context': 'contexts',
  '--mesh': 'meshes',
  '--target-mesh': 'meshes',
}

const valuesOf = (option: Option, command: Command): Offer => {
  if (!takesValue(option)) return NOTHING
  if (option.argChoices) return chosenFrom(option.argChoices)
  if (/<file>|\[file\]/.test(option.flags)) return { kind: 'files' }
  if (longOf(option) === '--name' && isAboutUpstreams(command))
    return { kind: 'live', source: 'upstreamNames' }
  if (longOf(option) === '--proxy')
    return { kind: 'live', source: option.flags.includes('/') ? 'proxies' : 'proxyNames' }
  const source = SOURCES[longOf(option)]
  return source ? { kind: 'live', source } : NOTHING
}

const argumentsOf = (argument: Argument, command: Command): Offer => {
  if (argument.argChoices) return chosenFrom(argument.argChoices)
  return argument.name() === 'namespace/name' && isAboutUpstreams(command)
    ? { kind: 'live', source: 'upstreams' }
    : NOTHING
}

const isAboutUpstreams = (command: Command): boolean => {
  const names: string[] = []
  for (let at: Command | null = command; at; at = at.parent) names.push(at.name())
  return names.includes('upstream')
}

const chosenFrom = (choices: readonly string[]): Offer => ({
  kind: 'candidates',
  candidates: choices.map(value => ({ value })),
})

/** Cobra's codes for shells: complete files as well, or nothing but what is offered. */
const [WITH_FILES, NO_FILES] = [0, 4]

/** An offer in the protocol of cobra: a line each, then what a shell has to know of them. */
export const inCobrasProtocol = (
  candidates: readonly Candidate[] | 'files',
  prefix: string,
): string => {
  if (candidates === 'files') return `:${WITH_FILES}\n`
  const fitting = candidates.filter(({ value }) => value.startsWith(prefix))
  const lines = fitting.map(({ value, description = '' }) => `${value}\t${firstLine(description)}`)
  return [...lines.map(line => line.trimEnd()), `:${NO_FILES}`, ''].join('\n')
}

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
