import { t } from 'tap'
import { parse } from 'yaml'
import { configurationSchema } from '../../src/config/configuration.ts'
import { field, fieldAt, isRecord } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { keys, oneMesh, read, template } from './chart.ts'

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
    'image.',
    'imagePullSecrets[0].',
    'serviceAccount.',
    'meshes[0].',
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
    'image.digest=sha256:abc',
    'logLevel=verbose',
  ])
    await t.test(`refuses ${set}`, async t => {
      const { stderr, code } = await template({ set: [set] })
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
  const groups = ['webhook', 'certificates', 'image', 'serviceAccount']

  await t.test('describes and closes every level of ours', async t => {
    const ours = levelsOf(schema).filter(
      level => field(level, 'type') === 'object' && isRecord(field(level, 'properties')),
    )
    t.ok(ours.length >= 9)
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

  await t.test('knows of a mesh what the program knows', async t => {
    const ours = fieldAt(schema, 'definitions', 'mesh')
    const program = fieldAt(configurationSchema(), 'properties', 'meshes', 'items')
    t.same(keys(field(ours, 'properties')), keys(field(program, 'properties')))
    t.same(field(ours, 'required'), field(program, 'required'))
    const modes = (mesh: unknown) => fieldAt(mesh, 'properties', 'mode', 'enum')
    t.same(modes(ours), modes(program))
  })

  const program = configurationSchema()
  const meshField = (name: string) =>
    fieldAt(program, 'properties', 'meshes', 'items', 'properties', name, 'pattern')
  const version = fieldAt(schema, 'definitions', 'mesh', 'properties', 'istioVersion', 'pattern')
  // Helm's regular expressions have no lookahead, so that the two are not the same text.
  for (const [name, ours, theirs, samples] of [
    [
      'mountRoot',
      fieldAt(schema, 'properties', 'mountRoot', 'pattern'),
      fieldAt(program, 'properties', 'mountRoot', 'pattern'),
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
    [
      'istioVersion',
      version,
      meshField('istioVersion'),
      ['1.0', '1.0.6', 'v1.4.10-gke.2', '1.4+x', '1', '', '1.x', '1.0.6.1'],
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
