import { t } from 'tap'
import { FOREIGN_CHECKS } from '../../src/core/check-foreign.ts'
import type { JsonObject } from '../../src/core/types.ts'
import {
  editing,
  evidenceOf,
  merged,
  type Row,
  testRows,
  tryCheck,
  without,
} from '../harness/evidence.ts'

const none = { before: without('Upstream') }
const own = { sslConfig: { secretRef: { name: 'a', namespace: 'b' } } }
const upstream = (change: JsonObject) => editing('Upstream', one => merged(one, change))
const annotated = (annotations: JsonObject) => ({ before: upstream({ metadata: { annotations } }) })

const rows: readonly Row[] = [
  ['upstreams-refused', {}, 'passed', 'no Upstream that is selected'],
  ['upstreams-refused', none, 'skipped', 'no Upstreams'],
  [
    'upstreams-refused',
    annotated({ 'gloo-istio.io/mtls': 'enabled', 'gloo-istio.io/mesh': 'no.mesh' }),
    'warning',
    /^1 Upstream refused: .*\[UnknownMesh\]$/,
  ],
  ['upstreams-kept', {}, 'passed', 'no sslConfig of somebody else'],
  ['upstreams-kept', none, 'skipped', 'no Upstreams'],
  ['upstreams-kept', { before: upstream({ spec: own }) }, 'warning', /\[SslConfigKept\]$/],
  ['upstreams-drift', {}, 'passed', 'as it was'],
  ['upstreams-drift', none, 'skipped', 'no Upstreams'],
  [
    'upstreams-drift',
    { after: upstream({ spec: { sslConfig: { sni: 'changed.example.com' } } }) },
    'warning',
    /\[SslConfigChanged\]$/,
  ],
]

testRows(t, FOREIGN_CHECKS, rows)

t.test('the command that takes it away is exact', async t => {
  const { hint } = tryCheck(
    FOREIGN_CHECKS,
    'upstreams-kept',
    evidenceOf({ before: upstream({ spec: own }) }),
  )
  t.match(
    hint,
    `kubectl patch upstream team-a-details-9080 -n gloo-system --type=json -p '[{"op":"remove","path":"/spec/sslConfig"}]'`,
  )
})
