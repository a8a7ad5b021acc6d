import { t } from 'tap'
import { BOOTSTRAPS, meshConfigWatch, WATCHED, type Watched } from '../../src/cluster/resources.ts'
import { field, fieldAt, items } from '../../src/core/json.ts'
import { buildProgram } from '../../src/program.ts'
import { skipUnless } from '../parts/parts.ts'
import { containerOf, keys, type Objects, podOf, render } from './chart.ts'

const texts = (value: unknown): readonly string[] => items(value).map(String)

/** `get coordination.k8s.io/leases edge-gloo-istio`, with `*` where the right is for any name. */
const rightsOf = (role: unknown): readonly string[] =>
  items(field(role, 'rules')).flatMap(rule => {
    const names = texts(field(rule, 'resourceNames'))
    const resources = texts(field(rule, 'apiGroups')).flatMap(group =>
      texts(field(rule, 'resources')).map(resource => `${group}/${resource}`),
    )
    return texts(field(rule, 'verbs')).flatMap(verb =>
      resources.flatMap(resource =>
        (names.length > 0 ? names : ['*']).map(name => `${verb} ${resource} ${name}`),
      ),
    )
  })

const RESOURCE = /^\/apis?(?:\/(?<group>[^/]+))?\/v\w+(?:\/namespaces\/[^/]+)?\/(?<plural>\w+)$/

/** What it takes to list and watch what the program watches. */
const readingOf = ({ resource }: Watched): readonly string[] =>
  resource.paths.flatMap(path => {
    const { group = '', plural = '' } = RESOURCE.exec(path)?.groups ?? {}
    const name = resource.fieldSelector?.match(/^metadata\.name=(.*)$/)?.[1] ?? '*'
    return ['list', 'watch'].map(verb => `${verb} ${group}/${plural} ${name}`)
  })

const distinct = (rights: readonly string[]) => [...new Set(rights)].toSorted()

const registration = 'admissionregistration.k8s.io/mutatingwebhookconfigurations'
const looking = ['get', 'list', 'watch'].map(verb => `${verb} ${registration} edge-gloo-istio.mesh`)
const publishing = [...looking, `patch ${registration} edge-gloo-istio.mesh`]
const sharing = [
  'create /secrets *',
  ...['get', 'list', 'watch', 'update'].map(verb => `${verb} /secrets edge-gloo-istio-authority`),
]
const meshConfig = meshConfigWatch('istio-system', 'istio')
const following = [...WATCHED, meshConfig].flatMap(readingOf)
const writing = {
  upstreams: ['patch gloo.solo.io/upstreams *'],
  proxies: ['patch apps/deployments *', 'patch apps/daemonsets *'],
  bootstraps: [...readingOf(BOOTSTRAPS), 'patch /configmaps *'],
}
const telling = ['create /events *', 'patch /events *']
const leading = [
  'create coordination.k8s.io/leases *',
  'get coordination.k8s.io/leases edge-gloo-istio',
  'update coordination.k8s.io/leases edge-gloo-istio',
]

const KINDS = ['upstreams', 'proxies', 'bootstraps'] as const
type Kind = (typeof KINDS)[number]

interface Switches {
  readonly follow: boolean
  readonly reconcile: boolean
  readonly kinds: readonly Kind[]
}

const subsets = KINDS.reduce<readonly (readonly Kind[])[]>(
  (sets, kind) => sets.flatMap(set => [set, [...set, kind]]),
  [[]],
)

/** All positions of the switches but the one that is refused. */
const positions: readonly Switches[] = [true, false].flatMap(follow =>
  [true, false].flatMap(reconcile =>
    subsets
      .filter(kinds => !(follow && reconcile && kinds.length === 0))
      .map(kinds => ({ follow, reconcile, kinds })),
  ),
)

const setOf = ({ follow, reconcile, kinds }: Switches) => [
  `follow.enabled=${follow}`,
  `reconcile.enabled=${reconcile}`,
  ...KINDS.map(kind => `reconcile.${kind}=${kinds.includes(kind)}`),
]

const expectedWith = ({ follow, reconcile, kinds }: Switches) => {
  const isOn = follow && reconcile
  const lease = ['--lease=mesh/edge-gloo-istio', `--reconcile=${kinds.join(',')}`]
  const written = kinds.flatMap(kind => writing[kind])
  return {
    flags: [
      '--authority-secret=mesh/edge-gloo-istio-authority',
      '--webhook-configuration=edge-gloo-istio.mesh',
      ...(follow ? ['--follow'] : []),
      ...(isOn ? lease : []),
    ],
    inCluster: [
      ...publishing,
      ...(follow ? following : []),
      ...(isOn ? [...written, ...telling] : []),
    ],
    inNamespace: [...sharing, ...(isOn ? leading : [])],
  }
}

const named = (list: unknown, name: string) =>
  items(list).find(item => field(item, 'name') === name)

/** How the process comes by the token of its ServiceAccount. */
const tokenIn = (objects: Objects): string => {
  const mount = named(field(containerOf(objects), 'volumeMounts'), 'token')
  const volume = named(field(podOf(objects), 'volumes'), 'token')
  const isMounted = field(podOf(objects), 'automountServiceAccountToken') === true
  if (mount === undefined && volume === undefined) return isMounted ? 'from Kubernetes' : 'none'
  const sources = items(fieldAt(volume, 'projected', 'sources')).flatMap(keys)
  const isWhole = ['serviceAccountToken', 'configMap', 'downwardAPI'].every(name =>
    sources.includes(name),
  )
  const isInPlace = field(mount, 'mountPath') === '/var/run/secrets/kubernetes.io/serviceaccount'
  return isWhole && isInPlace && !isMounted ? 'of its own' : 'in part'
}

const argsOf = (objects: Objects) => texts(field(containerOf(objects), 'args'))

const clusterFlagsOf = (objects: Objects) =>
  argsOf(objects).filter(flag =>
    /^--(authority-secret|webhook-configuration|ca-bundle|follow|lease|reconcile)=?/.test(flag),
  )

await t.test('the process', { skip: skipUnless('helm') }, async t => {
  for (const switches of positions) {
    const expected = expectedWith(switches)
    await t.test(`with ${setOf(switches).join(' ')} is told that, and may do that`, async t => {
      const objects = await render({ set: setOf(switches) })
      t.same(clusterFlagsOf(objects), expected.flags)
      t.same(distinct(rightsOf(objects.get('ClusterRole'))), distinct(expected.inCluster))
      t.same(distinct(rightsOf(objects.get('Role'))), distinct(expected.inNamespace))
    })
  }

  for (const [set, collections] of [
    [[], ['upstreams', 'deployments', 'daemonSets']],
    [['reconcile.bootstraps=true'], ['upstreams', 'deployments', 'daemonSets', 'configMaps']],
  ] as const)
    await t.test(`gets flags that it knows: ${set.join(' ') || 'by default'}`, async t => {
      const serve = buildProgram().commands.find(command => command.name() === 'serve')
      const [command, ...flags] = argsOf(await render({ set }))
      t.equal(command, serve?.name())
      t.same(serve?.parseOptions(flags), { operands: [], unknown: [] })
      const lease = { namespace: 'mesh', name: 'edge-gloo-istio' }
      t.match(serve?.opts(), { follow: true, lease, reconcile: collections })
    })

  await t.test('has no right and no token when it neither publishes nor follows', async t => {
    const objects = await render({ values: 'ca-bundle' })
    for (const kind of ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'Secret'])
      t.notOk(objects.has(kind), kind)
    t.same(tokenIn(objects), 'none')
    t.same(tokenIn(await render({ values: 'ca-bundle', version: '1.20' })), 'none')
  })

  await t.test('that follows has a token, but no right to publish what is given', async t => {
    const objects = await render({ values: 'ca-bundle', set: ['follow.enabled=true'] })
    t.same(
      distinct(rightsOf(objects.get('ClusterRole'))),
      distinct([...following, ...writing.upstreams, ...writing.proxies, ...telling]),
    )
    t.same(distinct(rightsOf(objects.get('Role'))), leading)
    t.same(tokenIn(objects), 'of its own')
  })

  for (const [values, seen, shared] of [
    ['files-certificates', publishing, []],
    ['cert-manager', looking, []],
    ['cert-manager-issuer', looking, []],
    ['url', publishing, sharing],
  ] as const)
    await t.test(`of ${values} may do no more with its certificate than it has to`, async t => {
      const objects = await render({ values, set: ['reconcile.enabled=false'] })
      const rights = distinct(rightsOf(objects.get('ClusterRole')))
      t.same(rights, distinct([...seen, ...following]))
      t.same(distinct(rightsOf(objects.get('Role'))), distinct(shared))
    })

  for (const stage of ['observe', 'warn'])
    await t.test(`may change nothing in stage ${stage}`, async t => {
      const set = [`stage=${stage}`, 'reconcile.bootstraps=true']
      const objects = await render({ set })
      t.same(
        distinct(rightsOf(objects.get('ClusterRole'))),
        distinct([...publishing, ...following, ...readingOf(BOOTSTRAPS), ...telling]),
      )
      t.same(distinct(rightsOf(objects.get('Role'))), distinct([...sharing, ...leading]))
    })

  await t.test('takes its token by itself where Kubernetes would give it so', async t => {
    t.same(tokenIn(await render({ version: '1.20' })), 'from Kubernetes')
    t.same(tokenIn(await render({ version: '1.21' })), 'of its own')
    for (const version of ['1.20', '1.21'])
      t.match((await render({ version })).get('ServiceAccount'), {
        automountServiceAccountToken: false,
      })
  })

  await t.test('reads the ConfigMap of each revision that is named, and no other', async t => {
    const set = [
      'follow.revisions={1-22,canary,default}',
      'meshes[0].namespace=istio-system',
      'meshes[0].name=istio',
      'meshes[1].namespace=blue',
      'meshes[1].name=istio',
      'meshes[1].revision=canary',
      'meshes[2].namespace=green',
      'meshes[2].name=istio',
      'meshes[2].revision=1-24',
    ]
    const rights = rightsOf((await render({ set })).get('ClusterRole'))
    t.same(
      rights.filter(right => right.startsWith('list /configmaps')),
      ['istio', 'istio-1-22', 'istio-canary', 'istio-1-24'].map(name => `list /configmaps ${name}`),
    )
  })

  await t.test('outside the cluster has the same rights, by the same ServiceAccount', async t => {
    const [inside, outside] = await Promise.all([render({}), render({ values: 'url' })])
    for (const kind of ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'Secret'])
      t.same(outside.get(kind), inside.get(kind), kind)
    t.ok(outside.has('ServiceAccount'))
  })

  await t.test('is who the roles are given to', async t => {
    const objects = await render({ set: ['serviceAccount.name=someone'] })
    for (const kind of ['Role', 'ClusterRole'])
      t.match(objects.get(`${kind}Binding`), {
        roleRef: { kind, name: fieldAt(objects.get(kind), 'metadata', 'name') },
        subjects: [{ kind: 'ServiceAccount', name: 'someone', namespace: 'mesh' }],
      })
    t.match(objects.get('Role'), { metadata: { namespace: 'mesh' } })
    t.match(podOf(objects), { serviceAccountName: 'someone' })
  })
})
