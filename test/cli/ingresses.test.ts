import { t } from 'tap'
import { ingressListing } from '../../src/cli/ingresses.ts'
import { type Format, printListing } from '../../src/cli/output.ts'
import type { IngressReport } from '../../src/core/ingress-report.ts'

const NOTE = 'a note'
const REACHED: IngressReport = {
  namespace: 'gloo-system',
  name: 'gateway-proxy',
  type: 'NodePort',
  proxies: ['Deployment/gateway-proxy', 'DaemonSet/edge'],
  meshes: ['istio-system.istio', 'a.b'],
  ports: [
    { port: 'http (80)', url: 'http://10.0.0.1:31500', notes: [NOTE] },
    { port: 'https (443)', url: 'https://10.0.0.1:32500', notes: [NOTE] },
  ],
}
const CLOSED: IngressReport = {
  ...REACHED,
  name: 'internal',
  type: 'ClusterIP',
  proxies: [],
  meshes: [],
  ports: [{ port: '80', trouble: 'it is not reached' }],
}
const rowsOf = (format: Format) =>
  printListing(ingressListing([REACHED, CLOSED]), format)
    .trimEnd()
    .split('\n')
    .map(line => line.split(/ {2,}/))

t.test('a table tells where each gateway is reached', async t =>
  t.strictSame(rowsOf('table'), [
    ['NAMESPACE', 'NAME', 'TYPE', 'MESHES', 'URL'],
    [
      'gloo-system',
      'gateway-proxy',
      'NodePort',
      'istio-system.istio,a.b',
      'http://10.0.0.1:31500,https://10.0.0.1:32500',
    ],
    ['gloo-system', 'internal', 'ClusterIP', '-', '-'],
  ]),
)

t.test('the wide table tells also what is behind it, and each note once', async t =>
  t.strictSame(
    rowsOf('wide').map(row => row.slice(5)),
    [
      ['PROXIES', 'NOTES'],
      ['Deployment/gateway-proxy,DaemonSet/edge', NOTE],
      ['-', 'it is not reached'],
    ],
  ),
)

t.test('names are as kubectl prints them, and JSON is the reports', async t => {
  const all = ingressListing([REACHED, CLOSED])
  t.equal(printListing(all, 'name'), 'service/gateway-proxy\nservice/internal\n')
  t.strictSame(JSON.parse(printListing(all, 'json')), { ingresses: [REACHED, CLOSED] })
})
