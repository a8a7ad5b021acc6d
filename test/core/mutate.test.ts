import { t } from 'tap'
import { podSpecOf } from '../../src/core/additions.ts'
import { type Decision, skip } from '../../src/core/decision.ts'
import { fieldAt } from '../../src/core/json.ts'
import { valueAt } from '../../src/core/keyed-path.ts'
import { mutate } from '../../src/core/mutate.ts'
import { finding } from '../../src/core/reasons.ts'
import { viewUpstream } from '../../src/core/upstream.ts'
import { upstream } from '../harness/build.ts'
import { gatewayProxy } from '../harness/workloads.ts'

const said = { finding: finding('NotSelected', {}), notices: [] }
const sslConfig = { sslFiles: { tlsKey: 'k' } }
const markOf = (object: unknown) =>
  fieldAt(object, 'metadata', 'annotations', 'gloo-istio.io/injected')

t.test('a skipped object is returned, not copied', async t => {
  const object = upstream()
  t.equal(mutate(object, skip(said.finding)), object)
})

t.test('an Upstream gets its sslConfig and a mark, and loses both', async t => {
  const decision: Decision = {
    kind: 'write-ssl-config',
    sslConfig,
    mark: { sslConfig: 'x' },
    ...said,
  }
  const filled = mutate(upstream(), decision)
  t.strictSame(viewUpstream(filled).sslConfig, sslConfig)
  t.equal(markOf(filled), '{"sslConfig":"x"}')
  const emptied = mutate(filled, { ...decision, sslConfig: undefined, mark: {} })
  t.strictSame(emptied, upstream())
})

t.test('a workload is changed and marked', async t => {
  const value = { name: 'v', emptyDir: {} }
  const change = { remove: [], add: [{ path: 'volumes[v]', value }] }
  const changed = mutate(gatewayProxy(), { kind: 'change-workload', mark: {}, change, ...said })
  t.strictSame(valueAt(podSpecOf(changed), 'volumes[v]'), value)
  t.match(markOf(changed), /volumes\[v\]/)
})

t.test('a ConfigMap gets the text of its bootstrap', async t => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {},
    data: { a: '1', 'envoy.yaml': 'x' },
  }
  const decision: Decision = {
    kind: 'write-bootstrap',
    key: 'envoy.yaml',
    text: 'y',
    mark: { c: 'p' },
    ...said,
  }
  t.match(mutate(object, decision), { data: { a: '1', 'envoy.yaml': 'y' } })
})

t.test('a decision of no known kind does not compile, and changes nothing', async t => {
  const decision = { kind: 'new', ...said } as never
  t.equal(mutate(upstream(), decision), decision)
})
