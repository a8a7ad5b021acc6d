import { t } from 'tap'
import { type Ingress, urlOfIngress, type Wanted } from '../../src/core/mesh-ingress.ts'
import { balanced, ingress, nodeOf, proxyPod, proxyService } from '../harness/ingress.ts'

const IP = { ip: '203.0.113.7' }
const HOSTNAME = { hostname: 'lb.example.com' }
const FAILED = { ip: '203.0.113.8', ports: [{ port: 80, protocol: 'TCP', error: 'NoQuota' }] }
const ON_LOAD_BALANCER = ingress(proxyService({}, balanced(IP)))
const NODE_PORT = ingress(proxyService({ type: 'NodePort' }))
const clusterIp = (spec: Readonly<Record<string, unknown>> = {}) =>
  proxyService({
    type: 'ClusterIP',
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    ...spec,
  })
const onNode = (name: string) =>
  ingress(proxyService({ type: 'NodePort' }), {
    pods: [proxyPod({ nodeName: name })],
    nodes: [nodeOf(name)],
  })

type Case = readonly [string, Ingress, Partial<Wanted>, string | RegExp, readonly RegExp[]]

// what there is | flags | url, or what is said against it | notes
const cases: readonly Case[] = [
  ['an IP of a load balancer', ON_LOAD_BALANCER, {}, 'http://203.0.113.7:80', []],
  ['its https port', ON_LOAD_BALANCER, { port: 'https' }, 'https://203.0.113.7:443', []],
  ['the same by number', ON_LOAD_BALANCER, { port: '443' }, 'https://203.0.113.7:443', []],
  [
    'a host name goes before an IP',
    ingress(proxyService({}, balanced({ ...HOSTNAME, ...IP }))),
    {},
    'http://lb.example.com:80',
    [],
  ],
  [
    'an entry without an address is passed over',
    ingress(proxyService({}, balanced({}, IP))),
    {},
    'http://203.0.113.7:80',
    [],
  ],
  [
    'ipMode changes nothing from outside',
    ingress(proxyService({}, balanced({ ...IP, ipMode: 'Proxy' }))),
    {},
    'http://203.0.113.7:80',
    [],
  ],
  [
    'an entry that does not serve the port is passed over',
    ingress(proxyService({}, balanced(FAILED, IP))),
    {},
    'http://203.0.113.7:80',
    [],
  ],
  [
    'it counts for that port only',
    ingress(proxyService({}, balanced(FAILED))),
    { port: 'https' },
    'https://203.0.113.8:443',
    [],
  ],
  [
    'a load balancer that does not serve the port',
    ingress(proxyService({}, balanced(FAILED))),
    {},
    /^the load balancer .* port 80: NoQuota; see kubectl describe service gateway-proxy -n gloo-system$/,
    [],
  ],
  [
    'IPv6 is put in brackets',
    ingress(proxyService({}, balanced({ ip: '2001:db8::7' }))),
    {},
    'http://[2001:db8::7]:80',
    [],
  ],
  [
    'a port of another name has no scheme',
    ingress(proxyService({ ports: [{ name: 'grpc', port: 9000 }] }, balanced(IP))),
    { port: 'grpc' },
    '203.0.113.7:9000',
    [],
  ],
  [
    'the only port is taken whatever its name',
    ingress(proxyService({ ports: [{ name: 'web', port: 80 }] }, balanced(IP))),
    {},
    '203.0.113.7:80',
    [/has no port http, but only web \(80\)/],
  ],
  [
    'external IPs',
    ingress(clusterIp({ externalIPs: ['198.51.100.3', '198.51.100.4'] })),
    {},
    'http://198.51.100.3:80',
    [],
  ],
  [
    'a load balancer goes before them',
    ingress(proxyService({ externalIPs: ['198.51.100.3'] }, balanced(IP))),
    {},
    'http://203.0.113.7:80',
    [],
  ],
  ['a port of the nodes', NODE_PORT, {}, 'http://10.0.0.1:31500', []],
  [
    'a load balancer that is pending',
    ingress(proxyService()),
    {},
    'http://10.0.0.1:31500',
    [/is pending, so this is the port of a node: ask again/],
  ],
  ['the same on purpose', ingress(proxyService()), { isLocal: true }, 'http://10.0.0.1:31500', []],
  [
    'a local cluster has no load balancer',
    ON_LOAD_BALANCER,
    { isLocal: true },
    'http://10.0.0.1:31500',
    [],
  ],
  [
    'and no external IPs',
    ingress(proxyService({ type: 'NodePort', externalIPs: ['198.51.100.3'] })),
    { isLocal: true },
    'http://10.0.0.1:31500',
    [],
  ],
  [
    'minikube',
    onNode('minikube'),
    { isLocal: true },
    'http://10.0.0.1:31500',
    [/minikube ip prints/],
  ],
  [
    'minikube under another name',
    onNode('shop'),
    { clusterName: 'shop' },
    'http://10.0.0.1:31500',
    [/minikube ip prints/],
  ],
  [
    'kind',
    onNode('kind-control-plane'),
    {},
    'http://10.0.0.1:31500',
    [/on Linux; with Docker Desktop, map the port/],
  ],
  [
    'kind with a load balancer that stays pending',
    ingress(proxyService(), {
      pods: [proxyPod({ nodeName: 'kind-control-plane' })],
      nodes: [nodeOf('kind-control-plane')],
    }),
    {},
    'http://10.0.0.1:31500',
    [/is pending/, /Docker Desktop/],
  ],
  [
    'pods in the network of their node',
    ingress(clusterIp(), { pods: [proxyPod({ hostNetwork: true })] }),
    {},
    'http://10.0.0.1:8080',
    [],
  ],
  [
    'of several pods, one that is heard there',
    ingress(clusterIp(), { pods: [proxyPod(), proxyPod({ hostNetwork: true })] }),
    { isLocal: true },
    'http://10.0.0.1:8080',
    [],
  ],
  [
    'no pod on any node',
    ingress(proxyService({ type: 'NodePort' }), { pods: [] }),
    {},
    /^no pod behind Service gateway-proxy is on a node/,
    [],
  ],
  [
    'a node port of a pending load balancer without pods',
    ingress(proxyService(), { pods: [] }),
    {},
    /^no pod behind Service gateway-proxy is on a node/,
    [],
  ],
  [
    'a Service for the cluster only',
    ingress(clusterIp()),
    {},
    /is of type ClusterIP, .*LoadBalancer or a NodePort, or run kubectl port-forward -n gloo-system service\/gateway-proxy 8080:80$/,
    [],
  ],
  ['a Service of no type', ingress(clusterIp({ type: undefined })), {}, /is of type ClusterIP/, []],
  [
    'a pending load balancer without node ports',
    ingress(proxyService({ ports: [{ name: 'http', port: 80 }] })),
    {},
    /is pending, and there is no node port to take instead: see kubectl describe/,
    [],
  ],
  [
    'a Service that is only a name',
    ingress(clusterIp({ type: 'ExternalName' })),
    {},
    /name the Service of the proxy by --name$/,
    [],
  ],
  ['a port that is not there', ON_LOAD_BALANCER, { port: 'grpc' }, /choose one by --port/, []],
]

for (const [title, found, flags, expected, notes] of cases)
  t.test(title, async t => {
    const wanted = { port: 'http', isLocal: false, clusterName: 'minikube', ...flags }
    const answer = urlOfIngress(found, wanted)
    if ('trouble' in answer) return t.match(answer.trouble, expected)
    t.equal(answer.url, expected)
    t.equal(answer.notes.length, notes.length, answer.notes.join('; '))
    return t.match(answer.notes, notes)
  })
