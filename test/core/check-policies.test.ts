import { t } from 'tap'
import { POLICY_CHECKS } from '../../src/core/check-policies.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { adding, type Row, testRows } from '../harness/evidence.ts'

const policy = (mode: string, where = 'team-a') =>
  adding({
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { namespace: where, name: 'default' },
    spec: { mtls: { mode } },
  })
const notSelected = (mode: string, root = 'istio-system') => ({
  before: (objects: readonly JsonObject[]) =>
    policy(
      mode,
      root,
    )(
      objects.map(one =>
        one['kind'] === 'Namespace'
          ? { ...one, metadata: { ...Object(one['metadata']), labels: {} } }
          : one,
      ),
    ),
})

const rows: readonly Row[] = [
  ['istio-policies', {}, 'passed', 'against a policy'],
  [
    'istio-policies',
    { before: policy('DISABLE') },
    'warning',
    /team-a-details-9080: PeerAuthentication team-a\/default disables .*\[PlaintextDestination\]$/,
  ],
  ['istio-strict', {}, 'passed', 'is sent plain text'],
  ['istio-strict', { before: policy('STRICT') }, 'passed', 'is sent plain text'],
  [
    'istio-strict',
    notSelected('STRICT'),
    'warning',
    'requests to gloo-system/team-a-details-9080 are refused',
  ],
  [
    'istio-strict',
    {
      ...notSelected('STRICT'),
      meshes: [
        {
          namespace: 'a',
          name: 'b',
          istioNamespace: 'x',
          rootNamespace: 'istio-system',
          mode: 'auto',
        },
      ],
    },
    'warning',
    'are refused',
  ],
  [
    'istio-strict',
    {
      ...notSelected('STRICT', 'x'),
      meshes: [{ namespace: 'a', name: 'b', istioNamespace: 'x', mode: 'auto' }],
    },
    'warning',
    'are refused',
  ],
  ['istio-strict', notSelected('PERMISSIVE'), 'passed', 'is sent plain text'],
]

testRows(t, POLICY_CHECKS, rows)
