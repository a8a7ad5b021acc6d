import { styleText } from 'node:util'
import { diffLines } from 'diff'

const CONTEXT_LINES = 3

const paint = (style: Parameters<typeof styleText>[0], text: string) =>
  styleText(style, text, { stream: process.stdout })

const print = (text: string) => process.stdout.write(`${text}\n`)

let step = 0

/** What the demo says, and how: colour only on a terminal that wants it. */
export const narrator = {
  title: (text: string) => print(`\n${paint('bold', text)}`),
  step: (text: string) => print(`\n${paint(['bold', 'cyan'], `${++step}. ${text}`)}`),
  note: (text: string) => print(paint('dim', `   ${text}`)),
  command: (text: string) => print(`   ${paint('bold', `$ ${text}`)}`),
  output: (text: string) => print(text.trimEnd().replace(/^/gm, '     ')),
  answer: (status: number, body: string) =>
    print(`     ${paint(status === 200 ? 'green' : 'red', `HTTP ${status}`)}  ${body.trim()}`),
  diff: (before: string, after: string) => {
    for (const line of diffOf(before, after)) print(`     ${paint(colourOf(line), line)}`)
  },
}

const colourOf = (line: string) =>
  line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'dim'

/** The lines that differ, and a few around them. */
const diffOf = (before: string, after: string): readonly string[] => {
  const lines = diffLines(before, after).flatMap(({ value, added, removed }) => {
    const sign = added ? '+' : removed ? '-' : ' '
    return value
      .trimEnd()
      .split('\n')
      .map(line => `${sign} ${line}`)
  })
  const changed = lines.flatMap((line, index) => (line.startsWith(' ') ? [] : [index]))
  return lines.filter((_, index) => changed.some(at => Math.abs(at - index) <= CONTEXT_LINES))
}
