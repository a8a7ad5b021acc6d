import { readFileSync, writeFileSync } from 'node:fs'
import { t } from 'tap'
import { chart } from './chart.ts'
import { documentedValues, valuesMarkdown } from './values-table.ts'

const README = `${chart}/README.md`
const [OPENING, CLOSING] = ['<!-- values -->', '<!-- /values -->']

// `GOLDEN_UPDATE=1` writes it there.
t.test('the README has the values as values.yaml tells of them', async t => {
  const [before = '', rest = ''] = readFileSync(README, 'utf8').split(OPENING)
  const after = rest.slice(rest.indexOf(CLOSING))
  t.ok(after.startsWith(CLOSING), `${OPENING} and ${CLOSING} are there`)
  const expected = `${before}${OPENING}\n\n${valuesMarkdown()}\n\n${after}`
  if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(README, expected)
  t.equal(readFileSync(README, 'utf8'), expected)
})

t.test('every value is told in whole sentences', async t => {
  for (const { path, description } of documentedValues())
    t.match(description, /^[A-Z].*[.}]$/s, path)
})
