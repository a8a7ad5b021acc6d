import { t } from 'tap'
import { type Format, printListing } from '../../src/cli/output.ts'
import { proxyListing } from '../../src/cli/proxies.ts'
import type { ProxyReport } from '../../src/core/proxy-report.ts'

const CARRIED = {
  mesh: 'istio-system.istio',
  mode: 'istio-agent',
  state: 'carried',
  reason: 'AlreadyMounted',
  level: 'info',
  message: 'it has them',
} as const
const ONE: ProxyReport = {
  namespace: 'gloo-system',
  name: 'gateway-proxy',
  kind: 'Deployment',
  gloo: '1.17.3',
  readyPods: 1,
  wantedPods: 2,
  isRolledOut: false,
  meshes: [CARRIED],
  reason: 'AlreadyMounted',
  message: 'as a whole',
}
const REFUSED = {
  ...CARRIED,
  mesh: 'a.b',
  mode: '',
  state: 'refused',
  reason: 'NoModeFits',
  message: 'none fits',
} as const
const TWO: ProxyReport = { ...ONE, kind: 'DaemonSet', meshes: [CARRIED, REFUSED] }
const NONE: ProxyReport = { ...ONE, gloo: '', meshes: [], reason: 'NoMeshFound' }
const rowsOf = (format: Format) =>
  printListing(proxyListing([ONE, TWO, NONE]), format)
    .trimEnd()
    .split('\n')
    .map(line => line.split(/ {2,}/))

t.test('a table tells each proxy and its meshes', async t => {
  const place = ['gloo-system', 'gateway-proxy']
  const both = ['istio-system.istio,a.b', 'istio-agent,-', 'carried,refused']
  t.strictSame(rowsOf('table'), [
    ['NAMESPACE', 'NAME', 'KIND', 'GLOO', 'READY', 'MESH', 'MODE', 'STATE', 'REASON'],
    [
      ...place,
      'Deployment',
      '1.17.3',
      '1/2',
      'istio-system.istio',
      'istio-agent',
      'carried',
      'AlreadyMounted',
    ],
    [...place, 'DaemonSet', '1.17.3', '1/2', ...both, 'AlreadyMounted,NoModeFits'],
    [...place, 'Deployment', '-', '1/2', '-', '-', '-', 'NoMeshFound'],
  ])
})

t.test('the wide table tells also the sentences', async t =>
  t.strictSame(
    rowsOf('wide').map(row => row.at(-1)),
    ['MESSAGE', 'it has them', 'it has them; none fits', 'as a whole'],
  ),
)

t.test('names are as kubectl prints them, and JSON is the reports', async t => {
  const all = proxyListing([ONE, TWO])
  t.equal(
    printListing(all, 'name'),
    'deployment.apps/gateway-proxy\ndaemonset.apps/gateway-proxy\n',
  )
  t.strictSame(JSON.parse(printListing(all, 'json')), { proxies: [ONE, TWO] })
})
