import { t } from 'tap'
import { withValue } from '../../src/core/json.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import { isBehind, workloadsBehind } from '../../src/core/workloads-behind.ts'
import { service } from '../harness/cluster.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const LABELS = { gloo: 'gateway-proxy', app: 'gloo' }
const DEPLOYMENT = gatewayProxy({ templateLabels: LABELS })
const DAEMON_SET = { ...DEPLOYMENT, kind: 'DaemonSet' }
const ELSEWHERE = withValue(DEPLOYMENT, ['metadata', 'namespace'], 'other')
const selecting = (selector: unknown) => service({ namespace: 'gloo-system' }, { selector })

// selector of the Service | whether it leads to the proxy
const cases: readonly [unknown, boolean][] = [
  [{ gloo: 'gateway-proxy' }, true],
  [{ gloo: 'gateway-proxy', app: 'gloo' }, true],
  [{ gloo: 'gateway-proxy', app: 'other' }, false],
  [{ more: 'x' }, false],
  [{}, false],
  [undefined, false],
]
for (const [selector, expected] of cases)
  t.test(`${JSON.stringify(selector)} selects it: ${expected}`, async t =>
    t.equal(isBehind(selecting(selector), DEPLOYMENT), expected),
  )

t.test('Deployments and DaemonSets of its namespace are found', async t =>
  t.strictSame(
    workloadsBehind(
      snapshotOf([DEPLOYMENT, DAEMON_SET, ELSEWHERE]),
      selecting({ gloo: 'gateway-proxy' }),
    ),
    [DEPLOYMENT, DAEMON_SET],
  ),
)
