import { linesOf } from '../../src/cli/table.ts'

const CHARS = { left: '| ', middle: ' | ', right: ' |' }

/** A table of Markdown with its columns in line. */
export const markdownTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string => {
  const escaped = rows.map(row => row.map(cell => cell.replaceAll('|', '\\|')))
  const [first = '', ...others] = linesOf(head, escaped, CHARS)
  const rule = first.replaceAll(/[^|]+/g, cell => ` ${'-'.repeat(cell.length - 2)} `)
  return `${[first, rule, ...others].join('\n')}\n`
}
