import { t } from 'tap'
import { proxiesIn, reportOnProxy } from '../../src/core/proxy-report.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { factsOn, mesh, upstream } from '../harness/build.ts'
import { carrierOn, live, proxyOn, rolledOut } from '../harness/cluster.ts'

const GLOO = '1.22.1'
const KNOWN = factsOn(undefined, mesh('istio-system.istio', { istioVersion: '1.22.3' }))
const CARRIER = carrierOn(GLOO, KNOWN)
const DAEMON_SET = { ...proxyOn(GLOO), kind: 'DaemonSet' }
const withStatus = (proxy: JsonObject, more: JsonObject) => ({
  ...proxy,
  status: { ...(proxy['status'] as JsonObject), ...more },
})

t.test('proxies of Gloo are found, and nothing else', async t => {
  const other = { ...CARRIER, metadata: { namespace: 'default', name: 'web' } }
  const bare = { ...other, spec: { template: { spec: { containers: [{ name: 'web' }] } } } }
  t.strictSame(proxiesIn(snapshotOf([CARRIER, DAEMON_SET, bare, upstream()])), [
    CARRIER,
    DAEMON_SET,
  ])
})

t.test('a report says all there is to say', async t =>
  t.match(reportOnProxy(withStatus(CARRIER, { readyReplicas: 1 }), live(KNOWN)), {
    namespace: 'gloo-system',
    name: 'gateway-proxy',
    kind: 'Deployment',
    gloo: GLOO,
    readyPods: 1,
    wantedPods: 1,
    isRolledOut: true,
    meshes: [{ mesh: 'istio-system.istio', state: 'carried' }],
    reason: 'AlreadyMounted',
    message: /^container gateway-proxy has the certificates/,
  }),
)

t.test('pods of a DaemonSet are those of its nodes', async t =>
  t.match(reportOnProxy(withStatus(rolledOut(DAEMON_SET, 3), { numberReady: 2 }), live(KNOWN)), {
    kind: 'DaemonSet',
    readyPods: 2,
    wantedPods: 3,
    reason: 'CertificatesMounted',
  }),
)

t.test('a manifest tells of no pods, and maybe of no version', async t => {
  const bare = { ...proxyOn('latest'), status: undefined }
  t.match(reportOnProxy(bare, factsOn(undefined)), {
    gloo: '',
    readyPods: 0,
    isRolledOut: false,
    meshes: [],
    reason: 'NothingToMount',
  })
})
