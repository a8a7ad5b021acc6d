import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { must } from '../demo/stage.ts'
import { commandLine, EMPTY, runCases } from '../harness/command-line.ts'
import { balanced, nodeOf, proxyPod, proxyService } from '../harness/ingress.ts'
import { GLOO_SYSTEM, gatewayProxy, istiod, rollOut } from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { kubeconfigOf } from '../parts/serve-process.ts'

const skip = skipUnless('kubernetes', 'kubectl')
if (skip) {
  t.test('gateways, meshes and proxies of a real API server', { skip }, async () => {})
} else {
  const { dir, controlPlane, live } = await setStage(t, [])
  const MESH = 'istio-system.istio'
  const gloo = commandLine(controlPlane.kubeconfig)
  const url = (...more: readonly string[]) => ['get', 'mesh-ingress', 'url', ...more] as const

  const named = (object: JsonObject, name: string): JsonObject =>
    withValue(object, ['metadata', 'name'], name)
  /** A Service of its own, and a pod behind it. */
  const selected = (name: string) => ({ selector: { app: name } })
  const podOf = (name: string, spec: JsonObject) =>
    named(withValue(proxyPod(spec), ['metadata', 'labels'], { app: name }), name)
  const serviceOf = (name: string, spec: JsonObject) =>
    named(proxyService({ ...selected(name), ...spec }), name)
  const node = (object: JsonObject) =>
    live.api.request({ method: 'POST', path: '/api/v1/nodes', body: object })
  const setStatus = (kind: string, name: string, status: JsonObject) =>
    live.api.request({
      method: 'PATCH',
      path: `/api/v1/namespaces/${GLOO_SYSTEM}/${kind}/${name}/status`,
      body: { status },
      contentType: 'application/merge-patch+json',
    })
  const balance = (...ingress: readonly JsonObject[]) =>
    setStatus('services', 'gateway-proxy', balanced(...ingress))

  t.test('without Gloo there is nothing to see', async t => {
    await runCases(t, gloo, [
      [['get', 'proxies'], 0, EMPTY, /^no proxies of Gloo found$/],
      [['get', 'mesh-ingress'], 0, EMPTY, /^no Services of proxies of Gloo found$/],
      [
        url(),
        2,
        EMPTY,
        /^gloo-istio: there is no Service gateway-proxy in namespace gloo-system: /,
      ],
      [
        ['get', 'meshes'],
        0,
        /^MESH .*\nistio-system\.istio +1\.22\.3 +istio-system +default +mesh\.example\.com +GlooVersionUnknown +detected$/,
        EMPTY,
      ],
    ])
  })

  t.test(
    'a gateway is found by the port of a node as long as nothing else leads there',
    async t => {
      await live.create(gatewayProxy('1.17.3'))
      await live.create(proxyService())
      await runCases(t, gloo, [
        [url(), 1, EMPTY, /^gloo-istio: no pod behind Service gateway-proxy/],
      ])
      await live.create(proxyPod())
      await setStatus('pods', 'gateway-proxy-1', {
        hostIP: '10.0.0.9',
        hostIPs: [{ ip: '10.0.0.9' }],
      })
      await runCases(t, gloo, [[url('-l'), 0, /^http:\/\/10\.0\.0\.9:31500$/, EMPTY]])
      await node(nodeOf('node-1'))
      await runCases(t, gloo, [
        [url(), 0, /^http:\/\/10\.0\.0\.1:31500$/, /^note: the load balancer .* is pending/],
        [url('--local-cluster', '--port', 'https'), 0, /^https:\/\/10\.0\.0\.1:32500$/, EMPTY],
        [
          url('--local-cluster-name', 'node-1', '-l'),
          0,
          /^http:\/\/10\.0\.0\.1:31500$/,
          /minikube ip prints/,
        ],
      ])
    },
  )

  t.test('its load balancer goes first', async t => {
    await balance({ ip: '203.0.113.7' })
    await runCases(t, gloo, [
      [['get', 'mi', 'u'], 0, /^http:\/\/203\.0\.113\.7:80$/, EMPTY],
      [url('--port', 'https'), 0, /^https:\/\/203\.0\.113\.7:443$/, EMPTY],
      [url('--port', '443', '-p', 'gateway-proxy'), 0, /^https:\/\/203\.0\.113\.7:443$/, EMPTY],
      [url('--port', 'grpc'), 1, EMPTY, /has no port grpc: .* it has http \(80\), https \(443\)$/],
      [url('-l'), 0, /^http:\/\/10\.0\.0\.1:31500$/, EMPTY],
      [url('--name', 'edge'), 2, EMPTY, /no Service edge in namespace gloo-system/],
      [url('-n', 'default'), 2, EMPTY, /no Service gateway-proxy in namespace default/],
    ])
    await balance({ hostname: 'lb.example.com' })
    await runCases(t, gloo, [[url(), 0, /^http:\/\/lb\.example\.com:80$/, EMPTY]])
    await balance({ ip: '2001:db8::7' })
    await runCases(t, gloo, [[url(), 0, /^http:\/\/\[2001:db8::7\]:80$/, EMPTY]])
  })

  t.test('Services of every kind say where they lead, or what to do', async t => {
    await node(nodeOf('kind-control-plane', { spec: { providerID: 'kind://docker/kind/kind-1' } }))
    for (const [name, spec] of [
      ['host', { hostNetwork: true, nodeName: 'node-1' }],
      ['kind', { nodeName: 'kind-control-plane' }],
    ] as const)
      await live.create(podOf(name, withHostPorts(spec)))
    const only = [{ name: 'web', port: 80, targetPort: 8080 }]
    await live.create(serviceOf('host', { type: 'ClusterIP', ports: only }))
    await live.create(
      serviceOf('kind', { type: 'NodePort', ports: [{ ...only[0], nodePort: 31_501 }] }),
    )
    await live.create(serviceOf('inside', { type: 'ClusterIP', ports: only }))
    const externalIPs = ['198.51.100.3']
    await live.create(serviceOf('outside', { type: 'ClusterIP', ports: only, externalIPs }))
    const noted = /^note: Service \w+ has no port http, but only web \(80\)/
    await runCases(t, gloo, [
      [url('--name', 'host', '--port', 'web'), 0, /^10\.0\.0\.1:8080$/, EMPTY],
      [url('--name', 'host'), 0, /^10\.0\.0\.1:8080$/, noted],
      [url('--name', 'kind'), 0, /^10\.0\.0\.1:31501$/, /\nnote: .* with Docker Desktop, map/],
      [url('--name', 'outside', '--port', '80'), 0, /^198\.51\.100\.3:80$/, EMPTY],
      [
        url('--name', 'inside', '--port', 'web'),
        1,
        EMPTY,
        /type ClusterIP, .*kubectl port-forward -n gloo-system service\/inside 8080:80$/,
      ],
    ])
  })

  t.test('who may see no Services is told which right it takes', async t => {
    await must(controlPlane, 'create', 'serviceaccount', 'nobody', '-n', 'default')
    const nobody = join(dir, 'nobody.kubeconfig')
    const account = { namespace: 'default', fullName: 'nobody' }
    writeFileSync(nobody, await kubeconfigOf(controlPlane, account), { mode: 0o600 })
    await runCases(t, gloo, [
      [
        url('--kubeconfig', nobody),
        1,
        EMPTY,
        /Service gloo-system\/gateway-proxy cannot be looked at: .*; it takes the right to get services/,
      ],
      [
        ['get', 'proxies', '--kubeconfig', nobody],
        0,
        EMPTY,
        /proxies cannot be seen[\s\S]*no proxies/,
      ],
    ])
  })

  t.test('a mesh that is asked for has to be carried', async t => {
    await runCases(t, gloo, [
      [url('-t', 'istio'), 2, EMPTY, /expected <namespace>\.<name>/],
      [url('-t', 'team-x.istio'), 1, EMPTY, /"team-x\.istio" is not known; .*\[UnknownMesh\]$/],
      [url('-t', MESH), 1, EMPTY, /not been injected yet \[WaitingForProxy\]$/],
      [url('-t', MESH, '--name', 'inside'), 1, EMPTY, /no proxy of Gloo is behind that Service/],
      [
        ['get', 'proxies'],
        0,
        /^NAMESPACE .*\ngloo-system +gateway-proxy +Deployment +1\.17\.3 +0\/1 +istio-system\.istio +istio-agent +waiting +WaitingForProxy$/,
        EMPTY,
      ],
    ])
    const { code, stderr } = await gloo('backfill')
    t.equal(code, 0, stderr)
    await rollOut(live)
    await runCases(t, gloo, [
      [url('-t', MESH), 0, /^http:\/\/\[2001:db8::7\]:80$/, EMPTY],
      [
        ['get', 'proxies'],
        0,
        / 1\/1 +istio-system\.istio +istio-agent +carried +AlreadyMounted$/,
        EMPTY,
      ],
      [
        ['get', 'mi', '-o', 'wide'],
        0,
        /\ngloo-system +gateway-proxy +LoadBalancer +istio-system\.istio +http:\/\/\[2001:db8::7\]:80,https:\/\/\[2001:db8::7\]:443 +Deployment\/gateway-proxy +-$/,
        EMPTY,
      ],
      [['get', 'mi', '-n', 'default'], 0, EMPTY, /^no Services of proxies/],
    ])
  })

  t.test('lists are cut, and printed in each format', async t => {
    await runCases(t, gloo, [
      [['get', 'proxies', '-n', 'default'], 0, EMPTY, /^no proxies/],
      [
        ['get', 'proxies', '-l', 'gloo=gateway-proxy', '-o', 'name'],
        0,
        /^deployment\.apps\/gate/,
        EMPTY,
      ],
      [['get', 'proxies', '-A', '-o', 'json'], 0, /"state": "carried"/, EMPTY],
      [['get', 'proxies', '-A', '-n', 'x'], 2, EMPTY, /cannot be used with/],
      [['get', 'meshes', '-n', 'default'], 0, EMPTY, /^no meshes found$/],
      [
        ['get', 'meshes', '-l', 'app=istiod', '-o', 'name'],
        0,
        /^mesh\/istio-system\.istio$/,
        EMPTY,
      ],
      [['get', 'meshes', '-l', 'app!=istiod'], 0, EMPTY, /^no meshes found$/],
      [
        ['get', 'meshes', '-o', 'wide'],
        0,
        / istio-agent +detected +yes +no +- +istio-agent with/,
        EMPTY,
      ],
      [['get', 'meshes', '-o', 'yaml'], 0, /^meshes:\n {2}- mesh: istio-system\.istio$/m, EMPTY],
      [['get', 'mi', '-o', 'json'], 0, /"url": "https:/, EMPTY],
      [['get', 'meshes', '-o', 'xml'], 2, EMPTY, /Allowed choices are table, wide/],
    ])
  })

  t.test('manifests tell the same, as far as they go', async t => {
    const file = join(dir, 'manifests.json')
    const items = [...istiod('1.22.3'), gatewayProxy('1.17.3')]
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    const told = join(dir, 'config.json')
    const meshes = [{ namespace: 'team-a', name: 'istio', istioNamespace: 'istio-system' }]
    const head = { apiVersion: 'gloo-istio.io/v1alpha1', kind: 'Configuration' }
    writeFileSync(told, JSON.stringify({ ...head, meshes }))
    await runCases(t, gloo, [
      [
        ['get', 'meshes', '-f', file],
        0,
        /istio-system\.istio +1\.22\.3 .* istio-agent +configured$/,
        EMPTY,
      ],
      [['get', 'meshes', '-f', file, '--config', told], 0, /team-a\.istio .* configured$/, EMPTY],
      [['get', 'proxies', '-f', file], 0, / 0\/1 .* waiting +WaitingForProxy$/, EMPTY],
      [['get', 'proxies', '-f', '/nowhere'], 2, EMPTY, /\/nowhere/],
    ])
  })
}

function withHostPorts(spec: JsonObject): JsonObject {
  if (spec['hostNetwork'] !== true) return spec
  // The API server wants the ports of such pods to be those of their node.
  const ports = [{ name: 'http', containerPort: 8080, hostPort: 8080 }]
  return { ...spec, containers: [{ name: 'envoy', image: 'example.com/envoy:1', ports }] }
}
