import { t } from 'tap'
import type { Destination } from '../../src/core/destination-services.ts'
import { mtlsModeOf } from '../../src/core/mtls-mode.ts'
import { snapshotOf } from '../../src/core/snapshot.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { modeForAll, peerAuthentication, pod, service } from '../harness/cluster.ts'

const DETAILS = { namespace: 'default', service: 'details', port: 9080 }
const ROOTS = ['istio-system', 'mesh-two']
const modeIn = (objects: readonly JsonObject[], destination: Destination = DETAILS) =>
  mtlsModeOf(snapshotOf(objects), ROOTS, destination)

const byLabel = (spec: object, name = 'own', createdAt?: string, namespace = 'default') =>
  peerAuthentication(
    { name, namespace },
    { selector: { matchLabels: { app: 'details' } }, ...spec },
    createdAt,
  )
const mtls = (mode: unknown) => ({ mtls: { mode } })
const onPort = (port: string, mode: unknown) => ({ portLevelMtls: { [port]: { mode } } })
const [MESH, SPACE] = [modeForAll('istio-system', 'STRICT'), modeForAll('default', 'PERMISSIVE')]
const BEHIND = [service({}, { ports: [{ port: 9080, targetPort: 8080 }] }), pod()]

// what is known | mode | by what; the order of the lines is the order of the rules
const cases: readonly [string, readonly JsonObject[], string | undefined, RegExp?][] = [
  ['no policy', [], undefined],
  ['one of another namespace', [modeForAll('other', 'STRICT')], undefined],
  ['one of the mesh', [MESH], 'STRICT', /^PeerAuthentication istio-system\/all$/],
  ['one of another mesh', [modeForAll('mesh-two', 'DISABLE')], 'DISABLE'],
  ['one of the namespace', [MESH, SPACE], 'PERMISSIVE', /^PeerAuthentication default\/all$/],
  ['one of the namespace that is unset', [MESH, modeForAll('default', 'UNSET')], 'STRICT'],
  [
    'one with an empty selector',
    [peerAuthentication({ name: 'a' }, { selector: { matchLabels: {} }, ...mtls('DISABLE') })],
    'DISABLE',
  ],
  [
    'one for the workload',
    [MESH, SPACE, ...BEHIND, byLabel(mtls('DISABLE'))],
    'DISABLE',
    /default\/own$/,
  ],
  ['one for the workload that is unset', [SPACE, ...BEHIND, byLabel({})], 'PERMISSIVE'],
  [
    'one for another workload',
    [SPACE, ...BEHIND, byLabel({ selector: { matchLabels: { app: 'x' } }, ...mtls('DISABLE') })],
    'PERMISSIVE',
  ],
  ['one for labels that nothing has', [SPACE, byLabel(mtls('DISABLE'))], 'PERMISSIVE'],
  [
    'one for the port',
    [...BEHIND, byLabel({ ...mtls('STRICT'), ...onPort('8080', 'DISABLE') })],
    'DISABLE',
  ],
  [
    'one for the port that is unset',
    [...BEHIND, byLabel({ ...mtls('STRICT'), ...onPort('8080', 'UNSET') })],
    'STRICT',
  ],
  [
    'one for the port of the Service alone',
    [...BEHIND, byLabel({ ...mtls('STRICT'), ...onPort('9080', 'DISABLE') })],
    'STRICT',
  ],
  [
    'a selector in the root namespace',
    [...BEHIND, byLabel(mtls('DISABLE'), 'own', undefined, 'istio-system')],
    undefined,
  ],
]
for (const [title, objects, mode, by] of cases)
  t.test(`${title} makes it ${mode ?? 'unsaid'}`, async t => {
    const found = modeIn(objects)
    t.equal(found?.mode, mode)
    if (by) t.match(found?.by, by)
  })

t.test('of an unknown cluster, nothing is said', async t =>
  t.equal(mtlsModeOf(undefined, ROOTS, DETAILS), undefined),
)

t.test('of several for one workload, the oldest counts alone', async t => {
  const [old, young] = [byLabel(mtls('STRICT'), 'z', '2025-01-01'), byLabel(mtls('DISABLE'), 'a')]
  for (const policies of [
    [old, young],
    [young, old],
  ])
    t.equal(modeIn([...BEHIND, ...policies])?.mode, 'STRICT')
  const unset = byLabel({}, 'y', '2024-01-01')
  t.equal(modeIn([...BEHIND, SPACE, old, unset])?.mode, 'PERMISSIVE')
})

t.test('in the root namespace itself, a selector does not count', async t => {
  const inside = [service({ namespace: 'istio-system' }), pod({ namespace: 'istio-system' })]
  const own = byLabel(mtls('DISABLE'), 'own', undefined, 'istio-system')
  const found = modeIn([...inside, own, MESH], { ...DETAILS, namespace: 'istio-system' })
  t.equal(found?.mode, 'STRICT')
})

// ports of the Service | port of the Upstream | whether a policy for port 9080 of the pods is met
const ports: readonly [unknown, number | undefined, boolean][] = [
  [[{ port: 80, targetPort: 9080 }], 80, true],
  [[{ port: 9080 }], 9080, true],
  [[{ port: 80, targetPort: 9080 }], 9080, true],
  [[{ port: 9080, targetPort: 'http' }], 9080, false],
  [[{ port: 9080 }], undefined, false],
  [undefined, 9080, true],
]
for (const [found, port, isMet] of ports)
  t.test(
    `ports ${JSON.stringify(found)}, asked for ${port}: ${isMet ? '' : 'not '}met`,
    async t => {
      const policy = byLabel({ ...mtls('STRICT'), ...onPort('9080', 'DISABLE') })
      const mode = modeIn([service({}, { ports: found }), policy], { ...DETAILS, port })?.mode
      t.equal(mode, isMet ? 'DISABLE' : 'STRICT')
    },
  )

const alpha = (kind: string, name: string, spec: object): JsonObject => ({
  apiVersion: 'authentication.istio.io/v1alpha1',
  kind,
  metadata: { name, ...(kind === 'Policy' && { namespace: 'default' }) },
  spec,
})
const peers = (mtls: unknown) => ({ peers: [{ mtls }] })
const target = (name: string) => ({ targets: [{ name }] })
const MESH_POLICY = alpha('MeshPolicy', 'default', peers({ mode: 'PERMISSIVE' }))
const POLICY = alpha('Policy', 'default', peers({}))

// policies of Istio 1.0 to 1.4 | mode | by what
const older: readonly [string, readonly JsonObject[], string, RegExp][] = [
  ['a MeshPolicy', [MESH_POLICY], 'PERMISSIVE', /^MeshPolicy default$/],
  ['a Policy of the namespace', [MESH_POLICY, POLICY], 'STRICT', /^Policy default\/default$/],
  [
    'a Policy for the Service',
    [POLICY, alpha('Policy', 'own', { ...target('details'), ...peers({ mode: 'PERMISSIVE' }) })],
    'PERMISSIVE',
    /^Policy default\/own$/,
  ],
  [
    'a Policy for another Service',
    [POLICY, alpha('Policy', 'other', { ...target('other') })],
    'STRICT',
    /default$/,
  ],
  [
    'a Policy with peers of another kind',
    [alpha('Policy', 'a', { peers: [{ jwt: {} }, null] })],
    'DISABLE',
    /a$/,
  ],
  ['a Policy without peers', [alpha('Policy', 'a', {})], 'DISABLE', /a$/],
  ['a Policy whose mtls is null', [alpha('Policy', 'a', peers(null))], 'STRICT', /a$/],
]
for (const [title, objects, mode, by] of older)
  t.test(`${title} makes it ${mode}`, async t => t.match(modeIn(objects), { mode, by }))

t.test('a PeerAuthentication goes before policies of older Istio', async t =>
  t.equal(modeIn([POLICY, SPACE])?.mode, 'PERMISSIVE'),
)

t.test('a mode that Istio does not know says nothing', async t =>
  t.equal(modeIn([alpha('Policy', 'a', peers({ mode: 'MAYBE' }))]), undefined),
)
