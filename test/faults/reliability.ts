import { linesOf } from '../../src/cli/table.ts'
import type { FaultGroup } from './fault.ts'

const HEAD = ['id', 'fault', 'expected', 'seen']
const CHARS = { left: '| ', middle: ' | ', right: ' |' }

const INTRODUCTION = `# Reliability

Each fault is a test with an id in \`test/faults\`: it is injected for real, against the program as it runs and, where
the cluster matters, a real API server. _Seen_ is what the last run that wrote this page saw.

\`FAULTS_UPDATE=1 npm test -- test/faults/*.test.ts\` runs them all, then \`FAULTS_UPDATE=1 npm test -- test/reliability.test.ts\`
writes this page from what is declared and what was seen.
`

/** A table as Markdown, with its columns in line. */
const markdownTable = (rows: readonly (readonly string[])[]): string => {
  const [first = '', ...others] = linesOf(HEAD, rows, CHARS)
  const rule = first.replaceAll(/[^|]+/g, cell => ` ${'-'.repeat(cell.length - 2)} `)
  return [first, rule, ...others].join('\n')
}

const sectionOf = ({ title, faults }: FaultGroup, seen: ReadonlyMap<string, string>): string => {
  const rows = Object.entries(faults).map(([id, { fault, expected }]) => [
    id,
    fault,
    expected,
    seen.get(id) ?? '',
  ])
  return `## ${title}\n\n${markdownTable(rows)}\n`
}

/** docs/reliability.md, from what is declared and what was seen, by id. */
export const reliabilityPage = (
  groups: readonly FaultGroup[],
  seen: ReadonlyMap<string, string>,
): string => [INTRODUCTION, ...groups.map(group => sectionOf(group, seen))].join('\n')

/** What the page says was seen, by id. */
export const seenOn = (page: string): ReadonlyMap<string, string> =>
  new Map(
    page
      .split('\n')
      .filter(line => /^\| [A-Z]+-\d\d /.test(line))
      .map(line => line.slice(2, -2).split(' | '))
      .map(([id = '', , , seen = '']) => [id.trim(), seen.trim()]),
  )
