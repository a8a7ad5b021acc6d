import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { t } from 'tap'
import { linesOf } from '../../src/cli/table.ts'
import { read } from './chart.ts'
import { alerts, filledIn, knownMetrics, labelsIn, metricsIn, rows } from './monitoring.ts'

const panels = rows.flatMap(row => row.panels)
const names = alerts.map(({ alert }) => alert)

await t.test('alerts and panels ask for metrics and labels that there are', async t => {
  const known = await knownMetrics()
  const expressions = [
    ...alerts.map(({ expr }) => expr),
    ...panels.flatMap(({ queries }) => queries.map(([expression]) => expression)),
  ]
  for (const expression of expressions.map(filledIn)) {
    const asked = metricsIn(expression)
    t.ok(asked.length > 0, expression)
    for (const name of asked) t.ok(known.has(name), `${name} is a metric`)
    const labels = asked.flatMap(name => known.get(name) ?? [])
    for (const label of labelsIn(expression))
      t.ok(labels.includes(label), `${label} in ${expression}`)
  }
  t.notOk(metricsIn('sum(gloo_istio_nonsense{a="b"})').some(name => known.has(name)))
})

const ROOT = new URL('../..', import.meta.url).pathname
const GUIDE = new URL('../../docs/guides/monitoring.md', import.meta.url)

const markdown = (head: readonly string[], cells: readonly (readonly string[])[]): string => {
  const [first = '', ...others] = linesOf(head, cells, { left: '| ', middle: ' | ', right: ' |' })
  const rule = first.replaceAll(/[^|]+/g, cell => ` ${'-'.repeat(cell.length - 2)} `)
  return [first, rule, ...others].join('\n')
}

const code = (text: string) => `\`${text}\``

const link = (name: string) => `[${name}](#${name.toLowerCase()})`

const tables = {
  alerts: markdown(
    ['alert', 'severity', 'after', 'asks'],
    alerts.map(({ alert, severity, for: after = '0m', expr }) => [
      link(alert),
      severity,
      after,
      metricsIn(filledIn(expr)).map(code).join(', '),
    ]),
  ),
  panels: markdown(
    ['row', 'panel', 'shows', 'asks'],
    rows.flatMap(row =>
      row.panels.map(({ title, about, queries }) => [
        row.title,
        title,
        about,
        [...new Set(queries.flatMap(([expression]) => metricsIn(filledIn(expression))))]
          .map(code)
          .join(', '),
      ]),
    ),
  ),
}

// `GOLDEN_UPDATE=1` writes it there.
for (const [name, table] of Object.entries(tables))
  await t.test(`the guide holds the table of ${name}`, async t => {
    const [opening, closing] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [before = '', rest = ''] = readFileSync(GUIDE, 'utf8').split(opening)
    const after = rest.slice(rest.indexOf(closing))
    t.ok(after.startsWith(closing), `${opening} and ${closing} are there`)
    const expected = `${before}${opening}\n\n${table}\n\n${after}`
    if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(GUIDE, expected)
    t.equal(readFileSync(GUIDE, 'utf8'), expected)
  })

await t.test('the guide tells of log lines that the program writes', async t => {
  const [, logs = ''] = readFileSync(GUIDE, 'utf8').split('\n## Logs\n')
  const messages = [...logs.matchAll(/^\| `([^`]+)`/gm)]
    .map(([, message = '']) => message)
    .filter(message => message !== 'msg')
  const sources = globSync('src/**/*.ts', { cwd: ROOT }).map(path => read(path))
  t.ok(messages.length > 5)
  for (const message of messages)
    t.ok(
      sources.some(text => text.includes(`'${message}'`)),
      message,
    )
})

await t.test('the guide tells of each alert what it means, and what to do', async t => {
  const sections = readFileSync(GUIDE, 'utf8').split('\n### ').slice(1)
  t.same(
    sections.map(section => section.split('\n')[0]),
    names,
  )
  for (const section of sections)
    for (const part of ['Means', 'Look at', 'Do']) t.match(section, `\n**${part}:** `)
})
