import { t } from 'tap'
import { hostPortOf, reachedOnNode } from '../../src/core/ingress-node.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { nodeOf, proxyPod, READY } from '../harness/ingress.ts'

const PLACE = { namespace: 'gloo-system', name: 'gateway-proxy' }
const reached = (pods: readonly JsonObject[], nodes: readonly JsonObject[]) =>
  reachedOnNode({ pods, nodes, port: 31500 }, PLACE, 'minikube')

t.test('the node of a pod that is ready is taken before that of another', async t => {
  const other = nodeOf('node-2', {
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.2' }] },
  })
  const pods = [proxyPod(), proxyPod({ nodeName: 'node-2' }, READY)]
  t.match(reached(pods, [nodeOf('node-1'), other]), { host: '10.0.0.2', port: 31500, notes: [] })
  t.match(reached([proxyPod()], [nodeOf('node-1'), other]), { host: '10.0.0.1' })
})

t.test('a pod that is not scheduled has no node', async t => {
  const trouble = /^no pod behind Service gateway-proxy is on a node: .*get pods -n gloo-system/
  t.match(reached([proxyPod({ nodeName: undefined }, READY)], []), { trouble })
  t.match(reached([], []), { trouble })
})

t.test('where nodes may not be seen, the pod tells', async t => {
  t.match(reached([proxyPod()], []), { host: '10.0.0.9' })
  t.match(reached([proxyPod({}, { hostIP: '' })], []), {
    trouble: /^node node-1, .*kubectl describe node node-1$/,
  })
})

t.test('a node without an address says how to look at it', async t =>
  t.match(reached([proxyPod()], [nodeOf('node-1', { status: {} })]), {
    trouble: /kubectl describe node node-1$/,
  }),
)

t.test('minikube and kind are told of', async t => {
  const pods = [proxyPod({ nodeName: 'minikube' })]
  t.match(reached(pods, [nodeOf('minikube')]), { host: '10.0.0.1', notes: [/minikube ip prints/] })
  const ofKind = [proxyPod({ nodeName: 'kind-control-plane' })]
  t.match(reached(ofKind, [nodeOf('kind-control-plane')]), { notes: [/extraPortMappings/] })
})

const port = (target: number | string) => ({ name: 'http', port: 80, target, nodePort: undefined })
const withPort = (found: JsonObject, spec: JsonObject = {}) =>
  proxyPod({ containers: [{ name: 'gateway-proxy', ports: [found] }], ...spec })
const HOST = { hostNetwork: true }

// pod | target of the Service's port | port of its node
const ports: readonly [string, JsonObject, number | string, number | undefined][] = [
  ['plain', withPort({ name: 'http', containerPort: 8080 }), 8080, undefined],
  ['host port', withPort({ containerPort: 8080, hostPort: 80 }), 8080, 80],
  ['host port by name', withPort({ name: 'http', containerPort: 8080, hostPort: 80 }), 'http', 80],
  ['host port of none', withPort({ containerPort: 8080, hostPort: 0 }), 8080, undefined],
  ['another port', withPort({ containerPort: 8081, hostPort: 80 }), 8080, undefined],
  ['host network', withPort({ containerPort: 8080 }, HOST), 8080, 8080],
  ['host network by name', withPort({ name: 'http', containerPort: 8080 }, HOST), 'http', 8080],
  ['host network, port unlisted', withPort({ containerPort: 1 }, HOST), 8080, 8080],
  ['host network, name unlisted', withPort({ containerPort: 1 }, HOST), 'http', undefined],
]
for (const [title, pod, target, found] of ports)
  t.test(`${title}: ${target} is ${found} on the node`, async t =>
    t.equal(hostPortOf(pod, port(target)), found),
  )
