import { styleText } from 'node:util'
import { getJunitXml, type TestCase } from 'junit-xml'
import type { CheckResult, GroupResult, Status } from '../core/check.ts'

export const CHECK_FORMATS = ['text', 'json', 'junit'] as const
export type CheckFormat = (typeof CHECK_FORMATS)[number]

interface Look {
  readonly mark: string
  readonly style: Parameters<typeof styleText>[0]
  readonly word: string
}

const LOOKS: Readonly<Record<Status, Look>> = {
  failed: { mark: '✘', style: 'red', word: 'failed' },
  warning: { mark: '‼', style: 'yellow', word: 'warned of' },
  passed: { mark: '✔', style: 'green', word: 'passed' },
  skipped: { mark: '–', style: 'dim', word: 'skipped' },
}
const STATUSES = Object.keys(LOOKS) as readonly Status[]

const resultsOf = (groups: readonly GroupResult[]): readonly CheckResult[] =>
  groups.flatMap(({ results }) => results)

const countOf = (groups: readonly GroupResult[], status: Status): number =>
  resultsOf(groups).filter(result => result.status === status).length

/** Whether something is broken; what is only warned of is not. */
export const isBroken = (groups: readonly GroupResult[]): boolean => countOf(groups, 'failed') > 0

/** A report as one text that ends its last line; marks are coloured where the stream takes colours. */
export const printReport = (
  groups: readonly GroupResult[],
  format: CheckFormat,
  stream: NodeJS.WritableStream,
): string => {
  if (format === 'json') return `${JSON.stringify(asData(groups), null, 2)}\n`
  const safe = groups.map(group => ({ ...group, results: group.results.map(inOneLine) }))
  return format === 'junit' ? `${asJunit(safe)}\n` : asText(safe, stream)
}

// What breaks a line, steers a terminal, or is not allowed in XML: others write some of these texts.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`

const inOneLine = (result: CheckResult): CheckResult => ({
  ...result,
  message: result.message.replaceAll(UNSEEN, escaped),
})

const asText = (groups: readonly GroupResult[], stream: NodeJS.WritableStream): string => {
  const width = Math.max(0, ...resultsOf(groups).map(({ id }) => id.length))
  const blocks = groups.map(({ title, results }) =>
    [
      styleText('bold', title, { stream }),
      ...results.flatMap(result => linesOf(result, width, stream)),
      '',
    ].join('\n'),
  )
  return `${blocks.join('\n')}\n${closingLine(groups, stream)}\n`
}

const marked = (status: Status, stream: NodeJS.WritableStream): string =>
  styleText(LOOKS[status].style, LOOKS[status].mark, { stream })

const linesOf = (
  { id, status, message, hint, doc }: CheckResult,
  width: number,
  stream: NodeJS.WritableStream,
): readonly string[] => {
  const line = `  ${marked(status, stream)} ${id.padEnd(width)}  ${message}`
  const indent = ' '.repeat(width + 6)
  return hint === '' ? [line] : [line, `${indent}→ ${hint}`, `${indent}→ ${doc}`]
}

const closingLine = (groups: readonly GroupResult[], stream: NodeJS.WritableStream): string => {
  const counts = STATUSES.map(status => [status, countOf(groups, status)] as const)
  const told = counts
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${marked(status, stream)} ${count} ${LOOKS[status].word}`)
  return `${resultsOf(groups).length} checks: ${told.join(', ')}`
}

const asData = (groups: readonly GroupResult[]) => ({
  apiVersion: 'gloo-istio.io/v1alpha1',
  kind: 'CheckReport',
  healthy: !isBroken(groups),
  counts: Object.fromEntries(STATUSES.map(status => [status, countOf(groups, status)])),
  groups,
})

const asJunit = (groups: readonly GroupResult[]): string =>
  getJunitXml({
    name: 'gloo-istio check',
    suites: groups.map(({ title, results }) => ({
      name: title,
      testCases: results.map(testCaseOf),
    })),
  })

/**
 * JUnit knows no warnings: they pass, and say what there is to say. What failed are errors, for the package
 * writes failures as errors, too, but counts them apart.
 */
const testCaseOf = ({ id, title, status, message, hint, doc }: CheckResult): TestCase => ({
  name: `${id}: ${title}`,
  classname: `gloo-istio.${id}`,
  ...(status === 'skipped' && { skipped: true }),
  ...(status === 'failed' && { errors: [{ message: `${message}\n${hint}\n${doc}`, type: id }] }),
  systemOut: [[message, ...(status === 'warning' ? [hint, doc] : [])].join('\n')],
})
