import { t } from 'tap'
import { podSpecOf } from '../../src/core/additions.ts'
import { volumeNameOf } from '../../src/core/certificate-paths.ts'
import type { Write } from '../../src/core/decision.ts'
import { formOf, isForm } from '../../src/core/form.ts'
import { lackOf, planFor } from '../../src/core/injection.ts'
import { valueAt } from '../../src/core/keyed-path.ts'
import { mutate } from '../../src/core/mutate.ts'
import type { Facts, JsonObject, Mesh } from '../../src/core/types.ts'
import { parseVersion } from '../../src/core/version.ts'
import { facts, factsOn, gloo, mesh, requestOf, upstream } from '../harness/build.ts'
import { live, settled } from '../harness/cluster.ts'
import { ENVOY, envoyWith, gatewayProxy, type Shape } from '../harness/workloads.ts'

const A = mesh('team-a.istio')
const B = mesh('team-b.istio')
const NEW = mesh('team-n.istio', { istioVersion: '1.22.0' })
const ALL = facts(A, B, NEW)

const plan = (object: JsonObject, known: Facts) => planFor(requestOf(object) as Write, known)
const decide = (shape: Shape, known: Facts = ALL) => plan(gatewayProxy(shape), known)
const run = (object: JsonObject, known: Facts) => mutate(object, plan(object, known))
const reasonsOf = ({ finding, notices }: ReturnType<typeof plan>) =>
  [finding, ...notices].map(({ reason }) => reason).join(' ')

const ON = { 'gloo-istio.io/mtls': 'enabled' }
const meshes = (value: unknown) => ({ annotations: { 'gloo-istio.io/meshes': value } })
const secret = (name: string, secretName = 'istio.default') => ({ name, secret: { secretName } })
const at = (path: string, volume: JsonObject) => ({
  containers: [envoyWith('mine', path)],
  volumes: [volume],
})
const FOLDER = '/etc/certs/team-a/istio'
const mine = { name: 'mine', emptyDir: {} }
const MOUNTED = 'CertificatesMounted'
const OLD = 'CertificatesStayOld'

// shape | facts | reasons, the one that decided first
const cases: readonly [string, Shape, Facts, string][] = [
  ['volumes that are null', { podSpec: { volumes: null } }, facts(A), `${MOUNTED} ${OLD}`],
  ['every mesh that has a form', {}, ALL, `${MOUNTED} NoModeFits ${OLD}`],
  ['no mesh', {}, facts(), 'NothingToMount'],
  ['no mesh with a form', {}, facts(NEW), 'NoModeFits'],
  ['narrowed', meshes(' team-b.istio , team-b.istio'), ALL, `${MOUNTED} ${OLD}`],
  ['narrowed by a slip', meshes(''), ALL, 'MalformedMeshReference'],
  ['narrowed by what is no text', meshes(3), ALL, 'MalformedMeshReference'],
  [
    'narrowed to some that are none',
    meshes('team-a.istio,x,x.y,team-n.istio'),
    ALL,
    `${MOUNTED} MalformedMeshReference UnknownMesh NoModeFits ${OLD}`,
  ],
  ['narrowed to none', meshes('x,x.y'), ALL, 'MalformedMeshReference UnknownMesh'],
  ['its own mount of the Secret', at(FOLDER, secret('mine')), facts(A), 'AlreadyMounted'],
  ['its own mount at our path', at(FOLDER, mine), facts(A), 'MountPathTaken'],
  ['one mesh taken, one free', at(FOLDER, mine), facts(A, B), `${MOUNTED} MountPathTaken ${OLD}`],
  ['our volume name taken', { volumes: [{ name: volumeNameOf(A) }] }, facts(A), 'VolumeNameTaken'],
  ['Gloo unknown', {}, factsOn(undefined, A, B), 'GlooVersionUnknown'],
  ['Istio unknown', {}, facts(mesh('a.b', { istioVersion: undefined })), 'IstioVersionUnknown'],
]
for (const [title, shape, known, reasons] of cases)
  t.test(`${title} is ${reasons}`, async t => t.equal(reasonsOf(decide(shape, known)), reasons))

const envoy = (tag: string, more: JsonObject = {}) => ({
  ...ENVOY,
  image: `quay.io/solo-io/gloo-envoy-wrapper:${tag}`,
  securityContext: { runAsUser: 10_101 },
  ...more,
})
const NO_PATCH = mesh('a.b', { istioVersion: '1.22' })

// a modern proxy: shape | facts | reasons
const modern: readonly [string, Shape, Facts, string][] = [
  ['Gloo told by its image', { containers: [envoy('1.17.3')] }, factsOn(undefined, NEW), MOUNTED],
  [
    'another Gloo than told',
    { containers: [envoy('1.17.3')] },
    factsOn('1.16.0', NEW),
    `${MOUNTED} GlooVersionDiffers`,
  ],
  [
    'Istio without a patch',
    { containers: [envoy('1.17.3')] },
    factsOn('1.17.3', NO_PATCH),
    'ProxyImageUnknown',
  ],
  ['an Envoy of its own', {}, factsOn('1.17.3', NEW), 'SdsImageUnknown'],
  [
    'an Envoy of its own, with an sds image told',
    {},
    { ...facts(NEW), gloo: gloo({ version: '1.17.3', sdsImage: 'example.com/sds:1' }) },
    MOUNTED,
  ],
  [
    'a user that the cluster gives',
    { containers: [envoy('1.17.3', { securityContext: { runAsNonRoot: true } })] },
    factsOn('1.17.3', NEW),
    `${MOUNTED} UserUnset`,
  ],
  [
    'the network of the node',
    { containers: [envoy('1.17.3')], podSpec: { hostNetwork: true } },
    factsOn('1.17.3', NEW),
    `${MOUNTED} HostNetworkPorts`,
  ],
  [
    'a container of our name',
    { containers: [envoy('1.17.3'), { name: 'istio-proxy' }] },
    factsOn('1.17.3', NEW),
    'ContainerNameTaken',
  ],
  [
    'the sidecars of Gloo’s own chart',
    {
      containers: [
        envoy('1.17.3'),
        { name: 'sds', env: [{ name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' }] },
        { name: 'istio-proxy' },
      ],
    },
    factsOn('1.17.3', NEW),
    'SidecarsPresent',
  ],
  [
    'a node agent',
    { containers: [envoy('1.3.20')] },
    factsOn('1.3.20', mesh('a.b', { istioVersion: '1.3.8', mode: 'node-agent-sds' })),
    `${MOUNTED} HostPathNeeded`,
  ],
  [
    'a shared socket beside somebody’s istio-proxy',
    { containers: [envoy('1.17.3'), { name: 'istio-proxy' }] },
    factsOn('1.17.3', mesh('a.b', { istioVersion: '1.22.0', mode: 'agent-socket' })),
    'ContainerNameTaken',
  ],
]
for (const [title, shape, known, reasons] of modern)
  t.test(`${title} is ${reasons}`, async t => t.equal(reasonsOf(decide(shape, known)), reasons))

const glooSds = (env: readonly JsonObject[] = []) => ({
  name: 'sds',
  env: [{ name: 'GLOO_MTLS_SDS_ENABLED', value: 'true' }, ...env],
  ports: [{ containerPort: 8234 }],
})

t.test(
  'the sds container of Gloo’s own mTLS is extended, and what it leaves open is said',
  async t => {
    const object = gatewayProxy({ containers: [envoy('1.17.3'), glooSds()] })
    const decision = plan(object, factsOn('1.17.3', NEW))
    t.equal(reasonsOf(decision), `${MOUNTED} SdsExposed`)
    const pod = podSpecOf(mutate(object, decision))
    t.match(valueAt(pod, 'containers[sds].env[ISTIO_MTLS_SDS_ENABLED]'), { value: 'true' })
    t.match(valueAt(pod, 'containers[sds].volumeMounts[/etc/istio-certs/]'), {})
    const guarded = glooSds([{ name: 'SDS_SERVER_ADDRESS', value: '127.0.0.1:8234' }])
    const shape = { containers: [envoy('1.17.3'), guarded] }
    t.equal(reasonsOf(decide(shape, factsOn('1.17.3', NEW))), MOUNTED)
  },
)

t.test('a new version replaces what the old one added', async t => {
  const before = run(gatewayProxy({ containers: [envoy('1.17.3')] }), factsOn('1.17.3', NEW))
  const newer = mesh('team-n.istio', { istioVersion: '1.23.1' })
  const decision = plan(before, factsOn('1.17.3', newer))
  t.match(decision, { change: { remove: ['containers[istio-proxy]'] } })
  const image = valueAt(podSpecOf(mutate(before, decision)), 'containers[istio-proxy].image')
  t.equal(image, 'docker.io/istio/proxyv2:1.23.1')
})

t.test('a mesh that is not wanted any more goes, the others stay', async t => {
  const before = run(gatewayProxy(), facts(A, B))
  const after = run(before, facts(B))
  t.strictSame(after, run(gatewayProxy(), facts(B)))
  const decision = plan(before, facts())
  t.equal(decision.finding.reason, 'CertificatesRemoved')
  t.match(decision.finding.message, 'no mesh is wanted any more')
  t.strictSame(mutate(before, decision), gatewayProxy())
})

t.test('while a version is unknown, nothing that is there is taken away', async t => {
  const before = run(gatewayProxy(), facts(A, B))
  t.strictSame(run(before, factsOn(undefined, A, B)), before)
  const untold = mesh('team-b.istio', { istioVersion: undefined })
  t.strictSame(run(before, facts(A, untold)), before)
})

t.test('a slip, or something to mend first, takes nothing away', async t => {
  const before = run(gatewayProxy(), facts(A))
  const annotations = (before['metadata'] as { annotations: JsonObject }).annotations
  const slip = { ...annotations, 'gloo-istio.io/meshes': 'team-a.istoi' }
  const slipped = {
    ...before,
    metadata: { ...(before['metadata'] as JsonObject), annotations: slip },
  }
  t.strictSame(run(slipped, facts(A)), slipped)
  t.strictSame(run(before, factsOn('1.17.3', NO_PATCH)), before, 'no image is known')
})

t.test('a mount that somebody moved to another volume is theirs', async t => {
  const before = run(gatewayProxy(), facts(A))
  const pod = podSpecOf(before) as { containers: { volumeMounts: JsonObject[] }[] }
  const [first] = pod.containers
  const volumeMounts = [
    ...(first?.volumeMounts.slice(0, 1) ?? []),
    { name: 'x', mountPath: FOLDER },
  ]
  const broken = { ...pod, containers: [{ ...first, volumeMounts }] }
  const object = { ...before, spec: { template: { spec: broken } } }
  t.equal(reasonsOf(plan(object, facts(A))), 'AdditionChanged')
})

t.test('what somebody changed is kept and said, each time', async t => {
  const before = run(gatewayProxy({ containers: [envoy('1.17.3')] }), factsOn('1.17.3', NEW))
  const pod = podSpecOf(before) as { containers: JsonObject[] }
  const containers = pod.containers.map(container =>
    container['name'] === 'sds' ? { ...container, image: 'example.com/mine:1' } : container,
  )
  const changed = { ...before, spec: { template: { spec: { ...pod, containers } } } }
  const decision = plan(changed, factsOn('1.17.3', NEW))
  t.equal(reasonsOf(decision), 'AdditionChanged')
  t.match(decision.finding.message, 'containers[sds] was changed')
})

t.test('an annotation full of slips is answered in brief', async t => {
  const references = Array.from({ length: 30_000 }, (_, index) => `x.${index}`).join(',')
  const { finding, notices } = decide(meshes(references))
  t.equal(finding.reason, 'UnknownMesh')
  t.equal(notices.length, 4)
})

t.test('what an Upstream leans on is kept until it has let go, and that is said', async t => {
  const known = facts(A, B)
  const before = run(gatewayProxy(), known)
  const onA = settled(upstream({}, { ...ON, 'gloo-istio.io/mesh': 'team-a.istio' }), known)
  const held = plan(before, live(facts(B), onA))
  t.equal(reasonsOf(held), 'StillUsed')
  t.strictSame(mutate(before, held), before)
  const onB = settled(upstream({}, { ...ON, 'gloo-istio.io/mesh': 'team-b.istio' }), known)
  t.strictSame(run(before, live(facts(B), onB)), run(gatewayProxy(), facts(B)))
})

t.test('what is wanted beside it is added all the same', async t => {
  const before = run(gatewayProxy(), facts(A))
  const leaning = settled(upstream({}, ON), facts(A))
  const decision = plan(before, live(facts(B), leaning))
  t.equal(reasonsOf(decision), `${MOUNTED} StillUsed ${OLD}`)
  t.match(decision, { change: { remove: [], add: [{}, {}] } })
})

t.test('what is replaced in its place does not wait', async t => {
  const known = factsOn('1.17.3', NEW)
  const before = run(gatewayProxy({ containers: [envoy('1.17.3')] }), known)
  const newer = factsOn('1.17.3', mesh('team-n.istio', { istioVersion: '1.23.1' }))
  const decision = plan(before, live(newer, settled(upstream({}, ON), known)))
  t.match(decision, { change: { remove: ['containers[istio-proxy]'] } })
})

const formOfMesh = (known: Facts, gloo: string, found: Mesh) => {
  const form = formOf(known, parseVersion(gloo), found)
  if (!isForm(form)) throw new TypeError(form.message)
  return form
}

// shape | Gloo | mesh | what the proxy lacks
const lacks: readonly [string, Shape, string, Mesh, string | undefined][] = [
  ['a proxy as its chart has it', {}, '1.0.0', A, 'it has not been injected yet'],
  ['another volume of our name', at(FOLDER, mine), '1.0.0', A, 'see its MountPathTaken'],
  ['its own mount of the Secret', at(FOLDER, secret('mine')), '1.0.0', A, undefined],
  [
    'the sidecars of Gloo’s own chart',
    {
      containers: [
        envoy('1.17.3'),
        { name: 'sds', env: [{ name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' }] },
        { name: 'istio-proxy' },
      ],
    },
    '1.17.3',
    NEW,
    undefined,
  ],
]
for (const [title, shape, version, found, why] of lacks)
  t.test(`${title} lacks ${why ? 'a form' : 'nothing'}`, async t => {
    const known = factsOn(version, found)
    const form = formOfMesh(known, version, found)
    t.equal(lackOf(requestOf(gatewayProxy(shape)) as Write, known, form), why)
    const injected = requestOf(run(gatewayProxy(shape), known)) as Write
    if (why?.startsWith('it')) t.equal(lackOf(injected, known, form), undefined, 'once injected')
  })
