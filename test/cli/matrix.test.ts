import { readFileSync, writeFileSync } from 'node:fs'
import { t } from 'tap'
import { MATRIX_FORMATS, printMatrix, printVerdict } from '../../src/cli/matrix.ts'
import { MODE_NAMES, MODES, TRAITS } from '../../src/core/matrix.ts'
import { CELLS, RELEASE_NAMES } from '../harness/cells.ts'

const WIDEST = 160

/** Texts that a terminal has to show. */
const tables: readonly [string, string][] = [
  ['the matrix', printMatrix('table')],
  ['a verdict', printVerdict('1.9.8', '1.4.10', 'table').text],
  ['a refusal', printVerdict('1.4.17', '1.22.3', 'table').text],
  ['a verdict on what is unknown', printVerdict('latest', 'latest', 'table').text],
]
for (const [title, text] of tables)
  t.test(`${title} as a table fits a terminal`, async t => {
    for (const line of text.split('\n')) {
      t.ok(line.length <= WIDEST, `${line.length} columns: ${line}`)
      t.equal(line, line.trimEnd(), 'no blanks at the end')
    }
    t.match(text, /[^\n]\n$/, 'one new line at the end')
    t.notMatch(text, /\n{3}/, 'no two empty lines')
    const escapeCode = String.fromCharCode(27)
    t.notOk(text.includes(escapeCode), 'no colours, wherever it goes')
  })

t.test('columns of a table are in line', async t => {
  const [, , head = '', ...rows] = printMatrix('table').split('\n')
  const starts = ['GLOO', 'ISTIO', 'THE PROXY GETS', 'AUTO'].map(name => head.indexOf(name))
  for (const row of rows.slice(0, MODE_NAMES.length))
    for (const start of starts) t.match(row.slice(start - 2, start + 1), /^ {2}\S$/, row)
})

/** Tables of a Markdown text, row by row, without the line below the head. */
const tablesIn = (markdown: string): readonly (readonly (readonly string[])[])[] =>
  markdown
    .split('\n\n')
    .filter(block => block.startsWith('|'))
    .map(block => {
      const [head, rule, ...rows] = block.trimEnd().split('\n').map(cellsIn)
      if (!head || !rule?.every(cell => /^-{3,}$/.test(cell))) throw new TypeError(block)
      return [head, ...rows]
    })

const cellsIn = (line: string): readonly string[] => {
  if (!/^\| .* \|$/.test(line)) throw new TypeError(line)
  return line
    .slice(2, -2)
    .split(' | ')
    .map(cell => cell.trim())
}

const markdowns: readonly [string, string, number][] = [
  ['the matrix', printMatrix('markdown'), 3],
  ['a verdict', printVerdict('1.9.8', '1.4.10', 'markdown').text, 1],
]
for (const [title, text, count] of markdowns)
  t.test(`${title} as Markdown is ${count} tables, with a sentence above each`, async t => {
    const found = tablesIn(text)
    t.equal(found.length, count)
    for (const [head = [], ...rows] of found)
      for (const row of rows) t.equal(row.length, head.length, row.join(' | '))
    t.equal((text.match(/^\S.*:$/gm) ?? []).length, count)
    t.match(text, /\|\n$/)
  })

t.test('every mode and every trait is in the Markdown, with its source', async t => {
  const [modes = [], , whys = []] = tablesIn(printMatrix('markdown'))
  t.strictSame(
    modes.slice(1).map(([mode, gloo, istio]) => [mode, gloo, istio]),
    MODE_NAMES.map(mode => [mode, MODES[mode].gloo, MODES[mode].istio]),
  )
  t.strictSame(
    whys.slice(1).map(([name, , , , source]) => [name, source]),
    Object.entries({ ...MODES, ...TRAITS }).map(([name, { source }]) => [name, source]),
  )
})

t.test('the grid says what is known of each of its cells', async t => {
  const [, grid = []] = tablesIn(printMatrix('markdown'))
  const [[, ...istios] = [], ...rows] = grid
  let count = 0
  for (const [gloo = '', ...answers] of rows)
    for (const [at, answer] of answers.entries()) {
      const minor = istios[at]?.split('.').slice(0, 2).join('.')
      const cell = CELLS.find(one => one.gloo === gloo && one.istio === minor)
      if (cell === undefined) continue
      count += 1
      t.equal(answer, cell.auto ?? '-', `Gloo ${gloo} with Istio ${istios[at]}`)
    }
  t.ok(count >= 60, `${count} cells`)
  const missing = ['1.9.7', '1.9.8', '1.10.5', '1.10.6', '1.12.3', '1.12.4'].filter(
    release => !rows.some(([gloo]) => gloo === release),
  )
  t.strictSame(missing, [], 'with both sides of every edge')
})

t.test('JSON is the matrix itself', async t => {
  const text = printMatrix('json')
  t.strictSame(JSON.parse(text), { modes: MODES, traits: TRAITS })
  t.match(text, /\}\n$/)
})

const verdicts: readonly [string, string, boolean, RegExp][] = [
  ['1.9.8', '1.4.10', true, /^Gloo 1\.9\.8 with Istio 1\.4\.10: auto takes citadel-sds$/m],
  ['1.22.1', '1.22.3', true, /auto takes istio-agent$/m],
  ['1.4.17', '1.22.3', false, /no certificates of Istio 1\.22\.3 reach Gloo 1\.4\.17: take /],
  ['1.9', '1.4', false, /may or may not/],
  ['latest', '1.22.3', false, /version of Gloo is unknown/],
  ['1.22.1', 'latest', false, /the Istio of mesh .* is unknown/],
]
for (const [gloo, istio, fits, title] of verdicts)
  t.test(
    `Gloo ${gloo} with Istio ${istio} ${fits ? 'fits' : 'is refused'}, in each format`,
    async t => {
      for (const format of MATRIX_FORMATS)
        t.equal(printVerdict(gloo, istio, format).fits, fits, format)
      t.match(printVerdict(gloo, istio, 'table').text, title)
      t.match(printVerdict(gloo, istio, 'markdown').text.replace(/:$/m, ''), title)
    },
  )

t.test('a verdict names what works, what does not, and what cannot be told', async t => {
  const said = (gloo: string, istio: string) => {
    const [[, ...rows] = []] = tablesIn(printVerdict(gloo, istio, 'markdown').text)
    return Object.fromEntries(rows.map(([mode = '', fits]) => [mode, fits]))
  }
  t.match(said('1.5.0', '1.4.10'), {
    'citadel-files': 'fits',
    'citadel-sds': 'fits',
    'node-agent-sds': 'fits',
    'istio-agent': 'does not fit',
    'agent-socket': 'does not fit',
  })
  t.match(said('1.9', '1.4'), { 'citadel-files': 'cannot be told', 'citadel-sds': 'fits' })
  t.match(said('latest', 'latest'), { 'citadel-files': 'cannot be told' })
})

t.test('a verdict as JSON carries all of it', async t => {
  const verdict = JSON.parse(printVerdict('1.12.4', '1.22.3', 'json').text)
  t.match(verdict, { gloo: '1.12.4', istio: '1.22.3', auto: 'istio-agent' })
  t.strictSame(
    verdict.modes
      .filter((one: { fits: boolean }) => one.fits)
      .map((one: { mode: string }) => one.mode),
    ['istio-agent', 'agent-socket'],
  )
  const refusal = JSON.parse(printVerdict('1.4.17', '1.22.3', 'json').text)
  t.match(refusal, { auto: undefined, why: /take Gloo 1\.5\.0\+/ })
  t.ok(RELEASE_NAMES.includes(refusal.gloo))
})

// The reference is this print: `GOLDEN_UPDATE=1` writes it there.
const PAGE = new URL('../../docs/reference/matrix.md', import.meta.url)
const [OPENING, CLOSING] = ['<!-- matrix -->', '<!-- /matrix -->']

t.test('the reference holds the matrix as it is printed', async t => {
  const page = readFileSync(PAGE, 'utf8')
  const [before = '', rest = ''] = page.split(OPENING)
  const after = rest.slice(rest.indexOf(CLOSING))
  t.ok(after.startsWith(CLOSING), `${OPENING} and ${CLOSING} are there`)
  const expected = `${before}${OPENING}\n\n${printMatrix('markdown')}\n${after}`
  if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(PAGE, expected)
  t.equal(readFileSync(PAGE, 'utf8'), expected)
})
