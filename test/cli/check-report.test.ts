import { spawnSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { t } from 'tap'
import { isBroken, printReport } from '../../src/cli/check-report.ts'
import type { CheckResult, GroupResult, Status } from '../../src/core/check.ts'

const result = (id: string, status: Status, hint = ''): CheckResult => ({
  id,
  title: `about ${id}`,
  status,
  message: `${id} & <so>`,
  hint,
  doc: `docs/reference/checks.md#${id}`,
})

const groups: readonly GroupResult[] = [
  {
    name: 'one',
    title: 'One',
    results: [result('well', 'passed'), result('not-well', 'failed', 'mend "it"')],
  },
  {
    name: 'two',
    title: 'Two',
    results: [result('hm', 'warning', 'look at it'), result('none', 'skipped')],
  },
]
const stream = new PassThrough()
const well = groups.map(group => ({
  ...group,
  results: group.results.filter(({ status }) => status !== 'failed'),
}))

t.test('text: a line each, what to do about what is found, and counts', async t => {
  t.equal(
    printReport(groups, 'text', stream),
    `One
  ✔ well      well & <so>
  ✘ not-well  not-well & <so>
              → mend "it"
              → docs/reference/checks.md#not-well

Two
  ‼ hm        hm & <so>
              → look at it
              → docs/reference/checks.md#hm
  – none      none & <so>

4 checks: ✘ 1 failed, ‼ 1 warned of, ✔ 1 passed, – 1 skipped
`,
  )
  t.equal(printReport([], 'text', stream), '\n0 checks: \n')
})

t.test('what others wrote breaks no line, and steers no terminal', async t => {
  const evil = [
    { ...groups[0], results: [{ ...result('evil', 'passed'), message: 'a\nb\u001b[2Jc' }] },
  ] as readonly GroupResult[]
  t.match(printReport(evil, 'text', stream), 'a\\u{a}b\\u{1b}[2Jc')
  t.match(printReport(evil, 'junit', stream), 'a\\u{a}b\\u{1b}[2Jc')
})

t.test('marks are coloured on a terminal', async t => {
  const { NO_COLOR, FORCE_COLOR } = process.env
  t.teardown(() =>
    Object.assign(process.env, NO_COLOR && { NO_COLOR }, FORCE_COLOR && { FORCE_COLOR }),
  )
  for (const name of ['NO_COLOR', 'FORCE_COLOR']) delete process.env[name]
  const terminal = Object.assign(new PassThrough(), { isTTY: true })
  t.match(printReport(groups, 'text', terminal), '\u001b[31m✘\u001b[39m')
})

t.test('only what failed is broken', async t => {
  t.ok(isBroken(groups))
  t.notOk(isBroken(well))
})

t.test('JSON: the whole report, with counts', async t => {
  const report = JSON.parse(printReport(groups, 'json', stream))
  t.strictSame(report, {
    apiVersion: 'gloo-istio.io/v1alpha1',
    kind: 'CheckReport',
    healthy: false,
    counts: { failed: 1, warning: 1, passed: 1, skipped: 1 },
    groups,
  })
  t.equal(JSON.parse(printReport(well, 'json', stream)).healthy, true)
})

const READ = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([[suite.get('name'), [
  [case.get('name'), case.get('classname'),
   [(one.tag, one.get('message') or one.text) for one in case]] for case in suite.iter('testcase')]]
  for suite in root.iter('testsuite')]))`

t.test('JUnit: a suite for each group, as another program reads it', async t => {
  const input = printReport(groups, 'junit', stream)
  const { stdout, stderr, status } = spawnSync('python3', ['-c', READ], { input })
  t.equal(status, 0, String(stderr))
  const error = 'not-well & <so>\nmend "it"\ndocs/reference/checks.md#not-well'
  t.match(JSON.parse(String(stdout)), [
    [
      'One',
      [
        ['well: about well', 'gloo-istio.well', [['system-out', 'well & <so>']]],
        [
          'not-well: about not-well',
          'gloo-istio.not-well',
          [
            ['error', error],
            ['system-out', 'not-well & <so>'],
          ],
        ],
      ],
    ],
    [
      'Two',
      [
        ['hm: about hm', 'gloo-istio.hm', [['system-out', /look at it\ndocs/]]],
        ['none: about none', 'gloo-istio.none', [['skipped', null]]],
      ],
    ],
  ])
})
