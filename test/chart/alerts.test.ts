import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { stringify } from 'yaml'
import { run } from '../parts/command.ts'
import { requirePart, skipUnless } from '../parts/parts.ts'
import { type AlertCase, CASES, HEALTHY, LOOK, type Series } from './alert-cases.ts'
import { alerts, expressionOf, filledIn, rendered, rows, rulesOf } from './monitoring.ts'

const promtool = (...args: readonly string[]) =>
  run({ file: requirePart('promtool').promtool, args })

const severityOf = (name: string) => alerts.find(({ alert }) => alert === name)?.severity

/** One test of promtool: the alerts that fire when it looks, and no others. */
const testOf = (name: string, series: Series, firing: readonly string[]) => ({
  name,
  interval: '30s',
  input_series: Object.entries({ ...HEALTHY, ...series }).map(([key, values]) => ({
    series: key,
    values,
  })),
  promql_expr_test: [
    {
      expr: 'count by (alertname, severity, namespace) (ALERTS{alertstate="firing"}) > bool 0',
      eval_time: LOOK,
      exp_samples: firing.map(alert => ({
        labels: `{alertname="${alert}",severity="${severityOf(alert)}",namespace="mesh"}`,
        value: 1,
      })),
    },
  ],
})

const nameOf = ({ alert, fires, when }: AlertCase) =>
  `${alert} ${fires ? 'fires' : 'is quiet'} when ${when}`

const firingIn = ({ alert, fires, beside = [] }: AlertCase) => [
  ...(fires ? [alert] : []),
  ...beside,
]

await t.test('every alert has a case where it fires, and one where it just does not', async t => {
  const names = alerts.map(({ alert }) => alert).toSorted()
  for (const fires of [true, false]) {
    const cases = CASES.filter(found => found.fires === fires).map(({ alert }) => alert)
    t.strictSame([...new Set(cases)].toSorted(), names)
  }
})

await t.test('Prometheus', { skip: skipUnless('helm', 'promtool') }, async t => {
  const dir = t.testdir()
  const [object] = await rendered('PrometheusRule', 'prometheusRule.enabled=true')
  const rules = join(dir, 'rules.yaml')
  writeFileSync(rules, stringify({ groups: [{ name: 'gloo-istio', rules: rulesOf(object) }] }))

  await t.test('takes the rules', async t => {
    const { stdout, stderr, code } = await promtool(
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      rules,
    )
    t.equal(code, 0, `${stdout}\n${stderr}`)
    t.match(stdout, `${alerts.length} rules found`)
  })

  const testWith = async (name: string, tests: readonly object[]) => {
    const file = join(dir, `${name}.yaml`)
    const header = { rule_files: [rules], evaluation_interval: '30s' }
    writeFileSync(file, stringify({ ...header, tests }))
    return promtool('test', 'rules', file)
  }

  await t.test('fires what it should, of this release alone', async t => {
    const healthy = testOf('nothing fires in health', {}, [])
    const tests = CASES.map(found => testOf(nameOf(found), found.series, firingIn(found)))
    const { stdout, stderr, code } = await testWith('cases', [healthy, ...tests])
    t.equal(code, 0, `${stdout}\n${stderr}`)
  })

  await t.test('would tell of an alert that stays quiet', async t => {
    const { stderr, stdout, code } = await testWith('wrong', [
      testOf('wrong', {}, ['GlooIstioDown']),
    ])
    t.equal(code, 1)
    t.match(`${stdout}${stderr}`, 'GlooIstioDown')
  })

  await t.test('reads what the dashboard asks', async t => {
    const asked = rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries))
    const recorded = asked.map(([expression], index) => ({
      record: `panel:${index}`,
      expr: filledIn(expression),
    }))
    const file = join(dir, 'panels.yaml')
    writeFileSync(file, stringify({ groups: [{ name: 'panels', rules: recorded }] }))
    const { stdout, stderr, code } = await promtool('check', 'rules', file)
    t.equal(code, 0, `${stdout}\n${stderr}`)
    t.match(stdout, `${asked.length} rules found`)
  })

  t.ok(rulesOf(object).every(rule => !expressionOf(rule).includes('<release>')))
})
