import { t } from 'tap'
import { parse } from 'yaml'
import { configurationSchema } from '../../src/config/configuration.ts'
import { field, fieldAt, isRecord, items } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { keys, oneMesh, read, template, valueSets } from './chart.ts'

const caBundle = 'webhook.caBundle=LS0tLS1CRUdJTiBD'

await t.test('the chart', { skip: skipUnless('helm') }, async t => {
  // What is wrong, why, and what to do.
  for (const [set, sentence] of [
    [
      ['replicaCount=2'],
      /replicaCount is 2, but .* is generated: each process makes .* Set replicaCount to 1, or /,
    ],
    [['certificates.source=files'], /secretName is empty: there is nothing to serve with\. Set it/],
    [['certificates.secretName=tls'], /is generated: the Secret would not be read\. Set /],
    [[caBundle], /is generated: the process makes another authority at each start, .* Set /],
    [
      [...oneMesh, 'meshes[1].namespace=istio-system', 'meshes[1].name=istio'],
      /meshes\[1\] repeats mesh istio-system\.istio: .* Remove one of them\./,
    ],
    [
      [...oneMesh, 'defaultMesh=blue.istio'],
      /defaultMesh is blue\.istio, but meshes does not hold it: .* Add it to meshes, or /,
    ],
    [
      ['reconcile.upstreams=false', 'reconcile.proxies=false'],
      /upstreams, proxies and bootstraps are all false: there is nothing .* Set one of them to true, or /,
    ],
    [
      ['follow.enabled=false', 'selection=mesh-members'],
      /selection is mesh-members, but follow\.enabled is false: nothing would tell .* Set follow\.enabled to true, or /,
    ],
    [
      ['follow.enabled=false', 'verifyIdentity=true'],
      /verifyIdentity is true, but follow\.enabled is false: .* would be accepted\. Set follow\.enabled to true, or /,
    ],
  ] as const)
    await t.test(`refuses ${set.join(' ')} in a sentence`, async t => {
      const { stderr, code } = await template({ set })
      t.not(code, 0)
      t.match(stderr, sentence)
    })

  for (const set of [
    ['webhook.url=https://gloo-istio.example.com/mutate', 'replicaCount=2'],
    ['webhook.url=https://gloo-istio.example.com/mutate', caBundle],
    ['certificates.source=files', 'certificates.secretName=tls', 'replicaCount=2', caBundle],
    ['podLabels=null', 'resources=null', 'meshes=null', 'webhook.namespaceSelector=null'],
    ['selection=null', 'verifyIdentity=null', 'follow.revisions=null', 'istioNamespaces=null'],
    ['selection=false'],
    ['follow.enabled=false', 'reconcile.upstreams=false', 'reconcile.proxies=false'],
    ['reconcile.enabled=false', 'reconcile.upstreams=false', 'reconcile.proxies=false'],
    ['gloo=null'],
    ['gloo.version=null', 'gloo.sdsImage=null', 'gloo.autoMtls=null'],
  ])
    await t.test(`takes ${set.join(' ')}`, async t => {
      const { stderr, code } = await template({ set })
      t.equal(code, 0, stderr)
    })

  for (const level of [
    '',
    'webhook.',
    'webhook.namespaceSelector.',
    'webhook.namespaceSelector.matchExpressions[0].',
    'certificates.',
    'follow.',
    'reconcile.',
    'image.',
    'imagePullSecrets[0].',
    'serviceAccount.',
    'meshes[0].',
    'gloo.',
  ])
    await t.test(`refuses the unknown value ${level}surprise`, async t => {
      const { stderr, code } = await template({ set: [`${level}surprise=1`] })
      t.not(code, 0)
      t.match(stderr, /dditional propert(y|ies) '?surprise'?( is)? not allowed/)
    })

  for (const set of [
    'webhook.url=http://gloo-istio.example.com/mutate',
    'webhook.url=https://gloo-istio.example.com',
    'webhook.url=https://gloo-istio.example.com/mutate?timeout=1s',
    'webhook.caBundle=-----BEGIN CERTIFICATE-----',
    'webhook.timeoutSeconds=0',
    'webhook.timeoutSeconds=11',
    'webhook.failurePolicy=Retry',
    'webhook=null',
    'mountRoot=/etc/../certs',
    'defaultMesh=istio',
    'clusterDomain=',
    'istioNamespaces={istio.system}',
    'selection=some',
    'selection=true',
    'verifyIdentity=enabled',
    'follow=null',
    'follow.enabled=null',
    'follow.revisions={1.22}',
    'follow.revisions=canary',
    'reconcile=null',
    'reconcile.proxies=null',
    'reconcile.bootstraps=yes',
    'meshes[0].rootNamespace=istio.system',
    'gloo.version=17',
    'gloo.version=latest',
    'gloo.autoMtls=on',
    'gloo.bootstrapCluster=yes',
    'meshes[0].mode=files',
    'meshes[0].jwtPolicy=plain',
    'meshes[0].sdsPort=1023',
    'meshes[0].revision=1.22.3',
    'meshes[0].proxyImage=Proxy',
    'meshes[0].discoveryAddress=istiod',
    'image.digest=sha256:abc',
    'logLevel=verbose',
  ])
    await t.test(`refuses ${set}`, async t => {
      const { stderr, code } = await template({ set: [...oneMesh, set] })
      t.not(code, 0)
      t.match(stderr, /don't meet the specifications of the schema/)
    })
})

await t.test('chart, appVersion and package are of one version', async t => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  t.match(parse(read('charts/gloo-istio/Chart.yaml')), { version, appVersion: version })
})

/** Every object in a JSON Schema, itself first. */
const levelsOf = (node: unknown): readonly unknown[] => [
  ...(isRecord(node) ? [node] : []),
  ...(typeof node === 'object' ? Object.values(Object(node)).flatMap(levelsOf) : []),
]

await t.test('values.schema.json', async t => {
  const schema: unknown = JSON.parse(read('charts/gloo-istio/values.schema.json'))
  const values: unknown = parse(read('charts/gloo-istio/values.yaml'))
  const groups = [
    'webhook',
    'certificates',
    'image',
    'serviceAccount',
    'gloo',
    'follow',
    'reconcile',
  ]

  await t.test('describes and closes every level of ours', async t => {
    const ours = levelsOf(schema).filter(
      level => field(level, 'type') === 'object' && isRecord(field(level, 'properties')),
    )
    t.ok(ours.length >= 11)
    for (const level of ours) {
      t.equal(field(level, 'additionalProperties'), false, JSON.stringify(level))
      for (const [name, property] of Object.entries(Object(field(level, 'properties'))))
        t.type(field(property, 'description'), 'string', name)
    }
  })

  await t.test('knows what values.yaml documents, and "enabled" for a parent chart', async t => {
    const properties = field(schema, 'properties')
    t.same(keys(properties), [...keys(values), 'enabled'].toSorted())
    for (const group of groups)
      t.same(keys(fieldAt(properties, group, 'properties')), keys(field(values, group)), group)
  })

  await t.test('is documented value by value in the README', async t => {
    const table = read('charts/gloo-istio/README.md')
    const documented = [...table.matchAll(/^\| `([A-Za-z.]+)` +\|/gm)].map(([, name]) =>
      String(name),
    )
    const expected = keys(values).flatMap(name =>
      groups.includes(name) ? keys(field(values, name)).map(key => `${name}.${key}`) : [name],
    )
    t.same(documented.toSorted(), expected.toSorted())
  })

  const program: unknown = configurationSchema()
  const programFields = fieldAt(program, 'properties')
  const levels = [
    {
      name: 'gloo',
      ours: fieldAt(schema, 'properties', 'gloo'),
      theirs: field(programFields, 'gloo'),
    },
    {
      name: 'meshes',
      ours: fieldAt(schema, 'definitions', 'mesh'),
      theirs: fieldAt(programFields, 'meshes', 'items'),
    },
  ]

  /** Values of the chart that are no part of the configuration. */
  const deployment = [
    'affinity',
    'certificates',
    'enabled',
    'extraArgs',
    'extraEnv',
    'follow',
    'fullnameOverride',
    'global',
    'image',
    'imagePullSecrets',
    'logLevel',
    'nameOverride',
    'nodeSelector',
    'podAnnotations',
    'podLabels',
    'priorityClassName',
    'reconcile',
    'replicaCount',
    'resources',
    'serviceAccount',
    'tolerations',
    'webhook',
  ]

  await t.test('has every field of the configuration, and no other', async t => {
    const ours = keys(field(schema, 'properties')).filter(name => !deployment.includes(name))
    t.same(
      ours,
      keys(programFields).filter(name => !['apiVersion', 'kind'].includes(name)),
    )
    for (const { name, ours, theirs } of levels) {
      t.same(keys(field(ours, 'properties')), keys(field(theirs, 'properties')), name)
      t.same(field(ours, 'required'), field(theirs, 'required'), name)
    }
  })

  await t.test('takes the same choices, numbers and lengths', async t => {
    for (const { name, ours, theirs } of levels)
      for (const key of keys(field(theirs, 'properties')))
        for (const limit of ['enum', 'minimum', 'maximum', 'minLength'])
          t.same(
            fieldAt(ours, 'properties', key, limit),
            fieldAt(theirs, 'properties', key, limit),
            `${name} ${key} ${limit}`,
          )
  })

  await t.test('takes the same selections, and what YAML makes of off', async t => {
    const ours = fieldAt(schema, 'properties', 'selection', 'enum')
    t.same(ours, [...items(fieldAt(programFields, 'selection', 'enum')), false])
  })

  const levelNames = levels.map(({ name }) => name)
  await t.test('has the defaults of the program', async t => {
    const given = (at: unknown, theirs: unknown) =>
      keys(theirs).map(name => [name, fieldAt(theirs, name, 'default') ?? '', field(at, name)])
    const root = given(values, programFields).filter(([name]) => !levelNames.includes(String(name)))
    const gloo = given(field(values, 'gloo'), fieldAt(programFields, 'gloo', 'properties'))
    for (const [name, theirs, ours] of [...root, ...gloo])
      if (!['apiVersion', 'kind'].includes(String(name))) t.strictSame(ours, theirs, String(name))
  })

  await t.test('is used field by field in some set of values', async t => {
    const sets = valueSets.map(name => parse(read(`charts/gloo-istio/ci/${name}-values.yaml`)))
    const used = (found: readonly unknown[]) => [...new Set(found.flatMap(keys))].toSorted()
    const [gloo, mesh] = levels.map(({ theirs }) => keys(field(theirs, 'properties')))
    t.same(used(sets.map(set => field(set, 'gloo'))), gloo)
    t.same(used(sets.flatMap(set => items(field(set, 'meshes')))), mesh)
  })

  const meshField = (name: string) =>
    fieldAt(programFields, 'meshes', 'items', 'properties', name, 'pattern')
  const ourMeshField = (name: string) =>
    fieldAt(schema, 'definitions', 'mesh', 'properties', name, 'pattern')
  const versions = ['1.0', '1.0.6', 'v1.4.10-gke.2', '1.4+x', '1', '1.x', '1.0.6.1', 'latest']
  const images = ['sds', 'r.example.com:5000/sds:1.17@sha256:0', 'Sds', ':tag', 'a b', '-a']
  // Helm's regular expressions have no lookahead, so that the two are not the same text.
  for (const [name, ours, theirs, samples] of [
    [
      'mountRoot',
      fieldAt(schema, 'properties', 'mountRoot', 'pattern'),
      fieldAt(programFields, 'mountRoot', 'pattern'),
      ['/etc/certs', '/.certs/..a/a..', '/', '', 'etc', '/a/', '/a/./b', '/a/..', '/a//b', '/a:b'],
    ],
    [
      'namespace',
      fieldAt(schema, 'definitions', 'namespace', 'pattern'),
      meshField('namespace'),
      ['istio-system', '1', '', 'a.b', '-a', 'a-', 'A', 'a'.repeat(63), 'a'.repeat(64)],
    ],
    [
      'mesh name',
      fieldAt(schema, 'definitions', 'meshName', 'pattern'),
      meshField('name'),
      ['istio', 'istio.blue', '1.2', '', '.a', 'a.', 'a..b', 'a-.b', 'A'],
    ],
    ['istioVersion', ourMeshField('istioVersion'), meshField('istioVersion'), ['', ...versions]],
    ['proxyImage', ourMeshField('proxyImage'), meshField('proxyImage'), ['', ...images]],
    [
      'discoveryAddress',
      ourMeshField('discoveryAddress'),
      meshField('discoveryAddress'),
      ['istiod.istio-system.svc:15012', 'a:1', 'a', 'a:', ':1', 'a.:1', 'a:123456', 'A:1', ''],
    ],
    [
      'version of Gloo',
      fieldAt(schema, 'properties', 'gloo', 'properties', 'version', 'pattern'),
      fieldAt(programFields, 'gloo', 'properties', 'version', 'pattern'),
      versions,
    ],
    [
      'sdsImage',
      fieldAt(schema, 'properties', 'gloo', 'properties', 'sdsImage', 'pattern'),
      fieldAt(programFields, 'gloo', 'properties', 'sdsImage', 'pattern'),
      images,
    ],
  ] as const)
    await t.test(`takes for a ${name} what the program takes`, async t => {
      for (const sample of samples)
        t.equal(
          new RegExp(String(ours)).test(sample),
          new RegExp(String(theirs)).test(sample),
          sample,
        )
    })
})
