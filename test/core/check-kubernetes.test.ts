import { readFileSync } from 'node:fs'
import { t } from 'tap'
import { parse } from 'yaml'
import { KUBERNETES, KUBERNETES_CHECKS, unreachable } from '../../src/core/check-kubernetes.ts'
import { type Row, testRows } from '../harness/evidence.ts'

const rows: readonly Row[] = [
  ['api-reachable', {}, 'passed', 'Kubernetes v1.37.2'],
  ['api-version', {}, 'passed', 'is one of 1.13+'],
  ['api-version', { more: { kubernetes: 'v1.12.9' } }, 'failed', 'is older than the chart takes'],
  ['api-version', { more: { kubernetes: 'dev' } }, 'warning', 'dev is no version'],
  ['api-version', { more: { kubernetes: '' } }, 'warning', 'what it says is no version'],
  ['api-clock', {}, 'passed', 'differ by 0 s'],
  ['api-clock', { more: { skew: 90_000 } }, 'warning', '90 s ahead of'],
  ['api-clock', { more: { skew: -90_000 } }, 'warning', '90 s behind'],
  ['api-clock', { more: { skew: undefined } }, 'skipped', 'does not tell the time'],
  ['api-admission', {}, 'passed', 'can be registered'],
  ['api-admission', { objects: { apiGroups: [{ name: 'apps' }] } }, 'failed', 'is not served'],
  ['api-rights', {}, 'passed', 'all that is looked at'],
  [
    'api-rights',
    { more: { unseen: { pods: 'no right to pods', crds: 'no right to CRDs' } } },
    'warning',
    /^2 things .* no right to pods, no right to CRDs$/,
  ],
]

testRows(
  t,
  KUBERNETES_CHECKS.filter(({ id }) => id !== 'api-reachable'),
  rows.filter(([id]) => id !== 'api-reachable'),
)

t.test('an API server that nobody reaches', async t => {
  const [check] = KUBERNETES_CHECKS
  t.match(unreachable('ECONNREFUSED'), {
    id: 'api-reachable',
    status: 'failed',
    message: 'ECONNREFUSED',
    hint: /kubectl version/,
  })
  t.match(check?.run({ kubernetes: 'v1.37.2' } as never), { status: 'passed' })
})

t.test('versions are those of the chart', async t => {
  const text = readFileSync(new URL('../../charts/gloo-istio/Chart.yaml', import.meta.url), 'utf8')
  const { kubeVersion } = parse(text) as { kubeVersion: string }
  t.equal(kubeVersion, `>=${KUBERNETES.slice(0, -1)}.0-0`)
})
