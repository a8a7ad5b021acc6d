import { t } from 'tap'
import { meshListing } from '../../src/cli/meshes.ts'
import { type Format, printListing } from '../../src/cli/output.ts'
import type { MeshReport } from '../../src/core/mesh-report.ts'

const NEW: MeshReport = {
  mesh: 'istio-system.istio',
  namespace: 'istio-system',
  name: 'istio',
  istioNamespace: 'istio-system',
  istioVersion: '1.22.3',
  revisions: ['default', 'canary'],
  trustDomain: 'cluster.local',
  source: 'detected',
  isDefault: true,
  modes: [{ gloo: '1.17.3', mode: 'istio-agent' }],
  citadel: false,
  sds: '',
}
const OLD: MeshReport = {
  ...NEW,
  mesh: 'team-a.istio',
  istioNamespace: 'istio-old',
  istioVersion: '',
  revisions: [],
  source: 'configured',
  isDefault: false,
  citadel: true,
  sds: 'unix:/var/run/sds/uds_path',
  modes: [
    {
      gloo: '1.5.0',
      mode: '',
      finding: { level: 'warning', reason: 'IstioVersionUnknown', message: 'it is unknown' },
    },
    { gloo: '1.17.3', mode: 'citadel-sds' },
    { gloo: '1.18.0', mode: 'citadel-sds' },
  ],
}
const rowsOf = (format: Format) =>
  printListing(meshListing([NEW, OLD]), format)
    .trimEnd()
    .split('\n')
    .map(line => line.split(/ {2,}/))

t.test('a table tells each mesh, and how it reaches Gloo', async t =>
  t.strictSame(rowsOf('table'), [
    ['MESH', 'ISTIO', 'NAMESPACE', 'REVISIONS', 'TRUST DOMAIN', 'MODE', 'SOURCE'],
    [
      'istio-system.istio',
      '1.22.3',
      'istio-system',
      'default,canary',
      'cluster.local',
      'istio-agent',
      'detected',
    ],
    [
      'team-a.istio',
      '-',
      'istio-old',
      '-',
      'cluster.local',
      'IstioVersionUnknown, citadel-sds',
      'configured',
    ],
  ]),
)

t.test('the wide table tells also what gives certificates, and why it does not fit', async t => {
  const [head, ...rows] = rowsOf('wide').map(row => row.slice(7))
  t.strictSame(head, ['DEFAULT', 'CITADEL', 'SDS', 'MESSAGE'])
  t.strictSame(rows, [
    ['yes', 'no', '-', 'istio-agent with Gloo 1.17.3'],
    [
      'no',
      'yes',
      'unix:/var/run/sds/uds_path',
      'it is unknown, citadel-sds with Gloo 1.17.3, citadel-sds with Gloo 1.18.0',
    ],
  ])
})

t.test('names are those that flags take, and JSON is the reports', async t => {
  t.equal(
    printListing(meshListing([NEW, OLD]), 'name'),
    'mesh/istio-system.istio\nmesh/team-a.istio\n',
  )
  t.strictSame(JSON.parse(printListing(meshListing([NEW, OLD]), 'json')), { meshes: [NEW, OLD] })
})
