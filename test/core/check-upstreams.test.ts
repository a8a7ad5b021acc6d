import { t } from 'tap'
import { UPSTREAM_CHECKS } from '../../src/core/check-upstreams.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { adding, at, editing, merged, type Row, testRows, without } from '../harness/evidence.ts'
import { discovered, service } from '../harness/live.ts'

const none = { before: without('Upstream') }
const plain = {
  before: editing('Upstream', one =>
    merged(one, { metadata: { annotations: { 'gloo-istio.io/mtls': 'disabled' } } }),
  ),
}
const late = (createdAt: string): JsonObject =>
  merged(discovered('team-a', 'late'), { metadata: { creationTimestamp: createdAt } })
/** An Upstream that came after the proxy was scaled anew, and is not rolled out. */
const waiting = (createdAt: string) => ({
  after: (objects: readonly JsonObject[]) =>
    adding(
      service('team-a', 'late'),
      late(createdAt),
    )(
      editing(
        'Deployment',
        one => merged(one, { status: { availableReplicas: 0 } }),
        'gateway-proxy',
      )(objects),
    ),
})
const pending = { after: adding(service('team-a', 'late'), late(at(0))) }

const rows: readonly Row[] = [
  ['upstreams-selected', {}, 'passed', /^1 Upstream: 1 mtls$/],
  ['upstreams-selected', none, 'skipped', 'no Upstreams'],
  ['upstreams-selected', plain, 'warning', 'none of 1 Upstream is selected'],
  ['upstreams-selected', pending, 'passed', '2 Upstreams: 1 mtls, 1 pending'],
  ['upstreams-served', {}, 'passed', 'each has a proxy'],
  ['upstreams-served', plain, 'skipped', 'none is selected'],
  [
    'upstreams-served',
    {
      after: editing('Deployment', one => merged(one, { spec: { replicas: 0 } }), 'gateway-proxy'),
    },
    'warning',
    'no proxy is known that serves gloo-system/team-a-details-9080',
  ],
  ['upstreams-backlog', {}, 'passed', 'nothing is left'],
  ['upstreams-backlog', none, 'skipped', 'no Upstreams'],
  ['upstreams-backlog', pending, 'warning', '1 Upstream to be written: gloo-system/team-a-late'],
  [
    'upstreams-backlog',
    { ...pending, told: { stage: 'warn' } },
    'warning',
    '2 Upstreams to be written',
  ],
  ['upstreams-waiting', {}, 'passed', 'no Upstream waits'],
  ['upstreams-waiting', none, 'skipped', 'no Upstreams'],
  ['upstreams-waiting', waiting(at(-60)), 'warning', /^1 Upstream waiting: .*\[WaitingForProxy\]$/],
  ['upstreams-waiting', waiting(at(-601)), 'failed', 'older than 10 minutes, and waiting'],
]

testRows(t, UPSTREAM_CHECKS, rows)

t.test('nothing is known without a snapshot', async t => {
  const { evidenceOf, tryCheck } = await import('../harness/evidence.ts')
  const evidence = evidenceOf()
  const blind = { ...evidence, facts: { ...evidence.facts, snapshot: undefined } }
  t.equal(tryCheck(UPSTREAM_CHECKS, 'upstreams-served', blind).status, 'skipped')
})
