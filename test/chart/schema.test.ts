import { t } from 'tap'
import { parse } from 'yaml'
import { configurationSchema } from '../../src/config/configuration.ts'
import { field, fieldAt, isRecord, items } from '../../src/core/json.ts'
import { keys, read, readValues, valueSets } from './chart.ts'
import { documentedValues } from './values-table.ts'

/** Given as a whole, or not at all. */
const WHOLE = ['certificates.certManager.issuerRef']

/** What a schema describes one by one, as `webhook.port`; a level that is a list or free is one value. */
const pathsOf = (level: unknown, path: readonly string[]): readonly string[] => {
  const properties = field(level, 'properties')
  const isWhole = WHOLE.includes(path.join('.'))
  if (!isRecord(properties) || isWhole) return [path.join('.')]
  return keys(properties).flatMap(name => pathsOf(field(properties, name), [...path, name]))
}

/** Every object in a JSON Schema, itself first. */
const levelsOf = (node: unknown): readonly unknown[] => [
  ...(isRecord(node) ? [node] : []),
  ...(typeof node === 'object' ? Object.values(Object(node)).flatMap(levelsOf) : []),
]

await t.test('values.schema.json', async t => {
  const schema: unknown = JSON.parse(read('charts/gloo-istio/values.schema.json'))
  const values: unknown = parse(read('charts/gloo-istio/values.yaml'))
  await t.test('describes and closes every level of ours', async t => {
    const parents = fieldAt(schema, 'properties', 'global')
    const ours = levelsOf(schema).filter(
      level =>
        field(level, 'type') === 'object' &&
        isRecord(field(level, 'properties')) &&
        level !== parents,
    )
    t.ok(ours.length >= 30)
    for (const level of ours) {
      t.equal(field(level, 'additionalProperties'), false, JSON.stringify(level))
      for (const [name, property] of Object.entries(Object(field(level, 'properties'))))
        t.type(field(property, 'description'), 'string', name)
    }
  })

  await t.test('knows what values.yaml documents, and "enabled" for a parent chart', async t => {
    const described = pathsOf(schema, []).filter(path => path !== 'enabled')
    t.same(
      described,
      documentedValues()
        .map(({ path }) => path)
        .toSorted(),
    )
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

  await t.test('has every field of the configuration', async t => {
    const known = keys(field(schema, 'properties'))
    const fields = keys(programFields).filter(name => !['apiVersion', 'kind'].includes(name))
    t.same(
      fields.filter(name => !known.includes(name)),
      [],
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
    const sets = valueSets.map(name => parse(readValues(name)))
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
