import type { Command, Option } from 'commander'
import { markdownTable } from './markdown-table.ts'

/** A command that does something, with its whole name. */
export interface Leaf {
  readonly path: string
  readonly command: Command
}

/** All of them that are shown; `complete`, which only shells call, is not. */
export const leavesOf = (command: Command, path: string): readonly Leaf[] => {
  const shown = new Set(command.createHelp().visibleCommands(command))
  const below = command.commands.filter(sub => shown.has(sub))
  return below.length === 0
    ? [{ path, command }]
    : below.flatMap(sub => leavesOf(sub, `${path} ${sub.name()}`))
}

const markersOf = (name: string) => [`<!-- begin ${name} -->`, `<!-- end ${name} -->`] as const

const code = (text: string) => `\`${text}\``

const EVERYWHERE = '--verbose'

/** Flags, paths, variables and `-` for a stream, as code. */
const asProse = (text: string): string =>
  text.replaceAll(
    /(^|[\s(])(--[a-z][\w-]*|-[a-z](?= )|\/[a-z][\w/-]*|\$[A-Z_]+|-(?= is standard))/g,
    (_, before: string, found: string) => before + code(found),
  )

const STATED_DEFAULT = / \(default: (.*)\)$/

const defaultOf = ({ description, defaultValue, defaultValueDescription, ...option }: Option) => {
  if (option.mandatory) return 'required'
  if (defaultValue !== undefined)
    return defaultValueDescription === 'none'
      ? 'none'
      : code(defaultValueDescription ?? String(defaultValue))
  const [, stated] = STATED_DEFAULT.exec(description) ?? []
  if (stated !== undefined) return asProse(stated)
  return option.required || option.optional ? 'none' : 'off'
}

const oneOf = (choices: readonly string[]): string =>
  choices.length < 2
    ? choices.map(code).join('')
    : `${choices.slice(0, -1).map(code).join(', ')} or ${code(choices.at(-1) ?? '')}`

const meaningOf = ({ description, argChoices, optional, presetArg }: Option): string => {
  const text = asProse(description.replace(STATED_DEFAULT, ''))
  const choices = argChoices ? `: ${oneOf(argChoices)}` : ''
  const preset =
    optional && typeof presetArg === 'string' ? `; ${code(presetArg)} when no value is given` : ''
  return text + choices + preset
}

const flagsOf = (command: Command): string => {
  const rows = command.options
    .filter(option => !option.hidden && option.long !== EVERYWHERE)
    .map(option => [code(option.flags), defaultOf(option), meaningOf(option)])
  return rows.length === 0 ? '' : `\n${markdownTable(['flag', 'default', 'meaning'], rows)}`
}

const argumentsOf = ({ registeredArguments }: Command): string => {
  const rows = registeredArguments.map(argument => [
    code(`<${argument.name()}>`),
    asProse(argument.description) + (argument.argChoices ? `: ${oneOf(argument.argChoices)}` : ''),
  ])
  return rows.length === 0 ? '' : `\n${markdownTable(['argument', 'meaning'], rows)}`
}

const aliasesOf = (command: Command, path: string): string => {
  const lead = path.split(' ').slice(0, -1).join(' ')
  const names = command.aliases().map(alias => code(`${lead} ${alias}`))
  return names.length === 0 ? '' : ` Also: ${names.join(', ')}.`
}

const usageOf = ({ path, command }: Leaf): string => {
  const words = command.registeredArguments.map(argument => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? ` <${name}>` : ` [${name}]`
  })
  return `Usage: ${code(`${path}${words.join('')} [flags]`)}.${aliasesOf(command, path)}\n`
}

const linkOf = (path: string) => `[${code(path)}](#${path.replaceAll(' ', '-')})`

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** What is generated for a command, between its markers. */
const partOf = (leaf: Leaf): string =>
  usageOf(leaf) + argumentsOf(leaf.command) + flagsOf(leaf.command)

const listOf = (leaves: readonly Leaf[]): string =>
  markdownTable(
    ['command', 'does'],
    leaves.map(({ path, command }) => [linkOf(path), command.description()]),
  )

const replaced = (page: string, name: string, text: string): string => {
  const [begin, end] = markersOf(name)
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new TypeError(`no ${begin} with ${end} after it`)
  return `${page.slice(0, from + begin.length)}\n\n${text}\n${page.slice(to)}`
}

const sectionsOf = (page: string): readonly string[] => page.split(/^(?=## )/m)

const headingOf = (section: string): string => /^## (.*)$/m.exec(section)?.[1] ?? ''

/** The section of a command as it stands, or a new one. */
const sectionOf = (sections: readonly string[], leaf: Leaf): string => {
  const found = sections.find(section => headingOf(section) === leaf.path)
  const [begin, end] = markersOf(leaf.path)
  const text =
    found ??
    `## ${leaf.path}\n\n${capitalised(leaf.command.description())}.\n\n${begin}\n${end}\n\n`
  return replaced(text, leaf.path, partOf(leaf))
}

const isOfCommand = (section: string): boolean => headingOf(section).startsWith('gloo-istio')

/**
 * The page with all that is generated written anew: prose stays, sections come in the order of the commands,
 * and those that no command has any more go.
 */
export const referenceWith = (page: string, program: Command): string => {
  const leaves = leavesOf(program, 'gloo-istio')
  const sections = sectionsOf(page)
  const [top = ''] = sections
  const others = sections.slice(1).filter(section => !isOfCommand(section))
  const pages = [
    replaced(top, 'commands', listOf(leaves)),
    ...leaves.map(leaf => sectionOf(sections, leaf)),
    ...others,
  ]
  return `${pages.map(part => part.trimEnd()).join('\n\n')}\n`
}
