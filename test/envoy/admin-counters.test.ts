import { t } from 'tap'
import {
  countedIn,
  endpointsOf,
  rejectedIn,
  sdsFailuresIn,
  statName,
  statsIn,
} from '../../src/envoy/admin-counters.ts'

const stats = (values: Readonly<Record<string, unknown>>) =>
  statsIn({ stats: Object.entries(values).map(([name, value]) => ({ name, value })) })

t.test('counters are those of the cluster', async t => {
  const found = stats({
    'cluster.a_b.ssl.handshake': 5,
    'cluster.a_b.ssl.fail_verify_san': 1,
    'cluster.a_b.ssl.fail_verify_error': 2,
    'cluster.a_b.ssl.fail_verify_no_cert': 1,
    'cluster.a_b.ssl.connection_error': 4,
    'cluster.other.ssl.connection_error': 9,
    histograms: {},
  })
  t.strictSame(countedIn(found, 'a_b'), {
    handshakes: 5,
    wrongName: 1,
    wrongAuthority: 3,
    broken: 4,
  })
  t.strictSame(countedIn(statsIn({}), 'a_b').handshakes, 0)
})

t.test('the name of statistics is another where Gloo gives one', async t => {
  t.equal(statName({ name: 'a_b' }), 'a_b')
  t.equal(statName({ name: 'a_b', alt_stat_name: 'kube-upstream:a_b' }), 'kube-upstream_a_b')
  t.equal(statName(undefined), '')
})

t.test('an SDS server has failed when it never did otherwise', async t => {
  t.equal(sdsFailuresIn(stats({ 'sds.s.update_failure': 3 }), 's'), 3)
  t.equal(sdsFailuresIn(stats({ 'sds.s.update_failure': 3, 'sds.s.update_success': 1 }), 's'), 0)
})

t.test('refused updates', async t => {
  t.equal(rejectedIn(stats({ 'cluster_manager.cds.update_rejected': 2 })), 2)
  t.equal(rejectedIn(stats({})), 0)
})

const host = (values: Readonly<Record<string, unknown>>, health_status: object = {}) => ({
  stats: Object.entries(values).map(([name, value]) => ({ name, value })),
  health_status,
})
const answer = (...host_statuses: readonly object[]) => ({
  cluster_statuses: [{ name: 'other' }, { name: 'a_b', host_statuses }],
})

t.test('endpoints are summed up', async t => {
  const hosts = [
    host(
      { cx_total: '5', cx_connect_fail: '2', rq_success: '3' },
      { eds_health_status: 'HEALTHY' },
    ),
    host({ cx_total: 1, cx_connect_fail: undefined }, { failed_active_health_check: true }),
  ]
  t.strictSame(endpointsOf(answer(...hosts), 'a_b'), {
    total: 2,
    healthy: 1,
    connections: 6,
    failed: 2,
    answered: 3,
  })
})

t.test('a cluster without endpoints is there, one of another name is not', async t => {
  t.match(endpointsOf(answer(), 'a_b'), { total: 0, healthy: 0 })
  t.match(endpointsOf(answer(), 'other'), { total: 0 })
  t.equal(endpointsOf(answer(), 'x'), undefined)
  t.equal(endpointsOf({}, 'x'), undefined)
})

for (const status of [
  { eds_health_status: 'UNHEALTHY' },
  { eds_health_status: 'DRAINING' },
  { eds_health_status: 'TIMEOUT' },
  { failed_outlier_check: true },
  { pending_active_hc: true },
])
  t.test(`an endpoint with ${JSON.stringify(status)} is not healthy`, async t =>
    t.match(endpointsOf(answer(host({}, status)), 'a_b'), { total: 1, healthy: 0 }),
  )
