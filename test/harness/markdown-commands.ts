/** A command of a page, and what the page says that it prints. */
export interface Step {
  /** Of the page, from 1. */
  readonly line: number
  readonly command: string
  readonly expected: readonly string[]
}

/** A fenced block of a page: `console`, and maybe why nobody can run it here. */
export interface Block {
  readonly line: number
  /** `console skip: needs a cluster` */
  readonly skip: string | undefined
  readonly steps: readonly Step[]
}

const PROMPT = '$ '
const CONTINUED = '\\'

/** The `console` blocks of a page in Markdown. Commands begin with `$ `; a `\` at the end of a line goes on in the next. */
export const blocksIn = (page: string): readonly Block[] => {
  const lines = page.split('\n')
  return lines.flatMap((line, at) => {
    const [, info] = /^```console\b\s*(.*)$/.exec(line) ?? []
    if (info === undefined) return []
    const end = lines.indexOf('```', at + 1)
    const [, skip] = /^skip: (.+)$/.exec(info) ?? []
    if (info !== '' && skip === undefined) throw new Error(`line ${at + 1}: what is '${info}'?`)
    return [{ line: at + 1, skip, steps: stepsIn(lines.slice(at + 1, end), at + 2) }]
  })
}

const stepsIn = (lines: readonly string[], first: number): readonly Step[] => {
  const steps: Step[] = []
  let isOpen = false
  for (const [at, line] of lines.entries()) {
    const last = steps.at(-1)
    if (isOpen && last) steps[steps.length - 1] = { ...last, command: `${last.command}\n${line}` }
    else if (line.startsWith(PROMPT))
      steps.push({ line: first + at, command: line.slice(PROMPT.length), expected: [] })
    else if (last) steps[steps.length - 1] = { ...last, expected: [...last.expected, line] }
    else throw new Error(`line ${first + at}: a block begins with a command`)
    isOpen = line.endsWith(CONTINUED) && (isOpen || line.startsWith(PROMPT))
  }
  return steps
}

const ANY = '…'

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** As many spaces as there are differ with the widths of columns. */
const patternOf = (line: string): string =>
  line
    .split(ANY)
    .map(part => escaped(part).replaceAll(/ {2,}/g, ' +'))
    .join('.*')

/**
 * Whether something printed what a page shows. `…` stands for anything in its line, a line of nothing else for any
 * number of lines; runs of spaces are as good as each other, lines may end in some,
 * and the last ones may be empty.
 */
export const isShown = (expected: readonly string[], printed: string): boolean => {
  const end = expected.findLastIndex(line => line.trim() !== '') + 1
  const lines = expected
    .slice(0, end)
    .map(line => (line.trim() === ANY ? '(?:.*\\n)*?' : `${patternOf(line.trimEnd())} *\\n`))
  const text = printed.trimEnd()
  return new RegExp(`^${lines.join('')}$`).test(text === '' ? '' : `${text}\n`)
}
