import { t } from 'tap'
import { reportOnIngress } from '../../src/core/ingress-report.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { factsOn, mesh } from '../harness/build.ts'
import { carrierOn, live, proxyOn } from '../harness/cluster.ts'
import { balanced, ingress, proxyService } from '../harness/ingress.ts'

const GLOO = '1.22.1'
const FACTS = live(factsOn(GLOO, mesh('istio-system.istio', { istioVersion: '1.22.3' })))
const CARRIER = carrierOn(GLOO, FACTS)
const OTHER = { ...proxyOn(GLOO), kind: 'DaemonSet' }
const WANTED = { isLocal: false, clusterName: 'minikube' }
const report = (service: JsonObject, ...proxies: readonly JsonObject[]) =>
  reportOnIngress(ingress(service), { proxies, facts: FACTS }, WANTED)

t.test('a report says all there is to say', async t =>
  t.strictSame(report(proxyService({}, balanced({ ip: '203.0.113.7' })), CARRIER), {
    namespace: 'gloo-system',
    name: 'gateway-proxy',
    type: 'LoadBalancer',
    proxies: ['Deployment/gateway-proxy'],
    meshes: ['istio-system.istio'],
    ports: [
      { port: 'http (80)', url: 'http://203.0.113.7:80', notes: [] },
      { port: 'https (443)', url: 'https://203.0.113.7:443', notes: [] },
    ],
  }),
)

t.test('a mesh counts once every proxy behind it carries it', async t => {
  t.strictSame(report(proxyService(), CARRIER, OTHER).meshes, [])
  t.strictSame(report(proxyService(), OTHER, CARRIER).meshes, [])
  t.strictSame(report(proxyService(), CARRIER, CARRIER).meshes, ['istio-system.istio'])
  t.strictSame(report(proxyService()).meshes, [])
})

t.test('a Service that is not reached says why, for each port', async t => {
  const { type, ports } = report(proxyService({ type: undefined, ports: [{ port: 80 }] }), CARRIER)
  t.equal(type, 'ClusterIP')
  t.match(ports, [{ port: '80', trouble: /not reached from outside/ }])
})
