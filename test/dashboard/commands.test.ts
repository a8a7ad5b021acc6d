import { spawnSync } from 'node:child_process'
import { t } from 'tap'
import type { State } from '../../src/core/graph.ts'
import { commandsFor, type Target } from '../../src/dashboard/commands.ts'

const REPORT = {
  namespace: 'gloo-system',
  name: 'default-details-9080',
  destination: 'default/details:9080',
}
const linesFor = (state: State, target: Target = {}, report = REPORT) =>
  commandsFor(report, state, target).map(({ line }) => line)

const EXPLAIN = 'gloo-istio explain upstream gloo-system/default-details-9080'
const SHOW = 'kubectl get upstream -n gloo-system default-details-9080 -o yaml'
// state | what to run
const cases: readonly [State, readonly string[]][] = [
  ['mtls', ['gloo-istio verify upstream gloo-system/default-details-9080', EXPLAIN, SHOW]],
  [
    'plain',
    [
      'kubectl annotate service -n default details gloo-istio.io/mtls=9080:enabled',
      'kubectl label namespace default gloo-istio.io/mtls=enabled',
      EXPLAIN,
      SHOW,
    ],
  ],
  ['waiting', [EXPLAIN, 'gloo-istio check', SHOW]],
  ['refused', [EXPLAIN, 'gloo-istio check', SHOW]],
]
for (const [state, lines] of cases)
  t.test(`what to run for an Upstream that is ${state}`, async t =>
    t.strictSame(linesFor(state), lines),
  )

t.test(
  'what leads to no Service, to several or to no port is not switched on by a line',
  async t => {
    for (const destination of ['', 'a/b:80, c/d:80', 'default/details'])
      t.strictSame(linesFor('plain', {}, { ...REPORT, destination }), [EXPLAIN, SHOW])
  },
)

t.test('the same cluster and configuration are asked', async t => {
  const [explain, , show] = linesFor('refused', {
    kubeconfig: '/a b/it’s',
    context: 'kind-kind',
    config: 'c.yaml',
  })
  t.equal(explain, `${EXPLAIN} --kubeconfig '/a b/it’s' --context kind-kind --config c.yaml`)
  t.equal(show, `${SHOW} --kubeconfig '/a b/it’s' --context kind-kind`)
})

t.test('a shell takes each word as it is', async t => {
  const hostile = `'; echo "$(id)" #\n\\`
  const [line = ''] = linesFor('refused', { kubeconfig: hostile })
  const { stdout } = spawnSync(
    'sh',
    ['-c', `gloo() { printf '%s|' "$@"; }; ${line.replace('gloo-istio', 'gloo')}`],
    {
      encoding: 'utf8',
    },
  )
  t.strictSame(stdout.split('|').slice(3), ['--kubeconfig', hostile, ''])
})
