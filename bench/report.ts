import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import { pictureOf } from './picture.ts'
import type { Section } from './section.ts'

const RESULTS = fileURLToPath(new URL('results', import.meta.url))

const MARKDOWN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '|',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '|',
  'right-mid': '',
  middle: '|',
}

const tableOf = (columns: readonly string[], rows: readonly (readonly string[])[]): string => {
  const table = new Table({ chars: MARKDOWN, style: { head: [], border: [] } })
  table.push(
    [...columns],
    columns.map(() => '---'),
    ...rows.map(row => [...row]),
  )
  return table.toString().trim()
}

const targetRows = ({ targets }: Section) =>
  targets.map(({ target, seen, holds }) => [target, seen, holds ? 'kept' : 'missed'])

const markdownOf = (section: Section): string => {
  const { name, title, about, columns, rows, chart, targets, skipped = [] } = section
  return [
    `## ${title}`,
    about,
    tableOf(columns, rows),
    ...(chart ? [`![${title}](${name}.svg)`] : []),
    ...(targets.length > 0 ? [tableOf(['target', 'seen', ''], targetRows(section))] : []),
    ...skipped.map(what => `Not measured: ${what}`),
  ].join('\n\n')
}

/** Where the report of a run is: the folder, and its page. */
export interface Report {
  readonly file: string
  readonly markdown: string
}

/** Writes a run as a page, its pictures beside it, and its figures as JSON. */
export const writeReport = (sections: readonly Section[], heading: string): Report => {
  mkdirSync(RESULTS, { recursive: true })
  for (const { name, title, chart } of sections)
    if (chart) writeFileSync(join(RESULTS, `${name}.svg`), pictureOf(title, chart))
  const markdown = `${[heading, ...sections.map(markdownOf)].join('\n\n')}\n`
  const file = join(RESULTS, 'report.md')
  writeFileSync(file, markdown)
  writeFileSync(join(RESULTS, 'report.json'), JSON.stringify(sections, null, 2))
  return { file, markdown }
}
