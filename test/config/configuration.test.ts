import { t } from 'tap'
import {
  configurationSchema,
  defaultConfiguration,
  factsOf,
  parseConfiguration,
} from '../../src/config/configuration.ts'
import { readBootstrap } from '../../src/envoy/bootstrap.ts'

const HEAD = 'apiVersion: gloo-istio.io/v1alpha1\nkind: Configuration\n'
const parse = (body: string) => parseConfiguration(HEAD + body)
const violations = (text: string) => {
  const parsed = parseConfiguration(text)
  return 'violations' in parsed
    ? parsed.violations.map(({ path, line, message }) => `${line} ${path}: ${message}`)
    : []
}

t.test('all but the head may be left out', async t => {
  t.strictSame(parse(''), {
    configuration: {
      apiVersion: 'gloo-istio.io/v1alpha1',
      kind: 'Configuration',
      stage: 'inject',
      mountRoot: '/etc/certs',
      clusterDomain: 'cluster.local',
      selection: 'labelled',
      verifyIdentity: false,
      istioNamespaces: ['istio-system'],
      gloo: { bootstrapCluster: false, autoMtls: 'disabled', sidecarOnGateway: false },
      meshes: [],
    },
  })
  t.strictSame({ configuration: defaultConfiguration() }, parse(''))
})

t.test('a mesh needs a namespace and a name', async t => {
  const parsed = parse('defaultMesh: a.b.c\nmeshes:\n- {namespace: a, name: b.c}\n')
  if (!('configuration' in parsed)) return t.fail(JSON.stringify(parsed))
  t.match(factsOf(parsed.configuration, readBootstrap), {
    mountRoot: '/etc/certs',
    clusterDomain: 'cluster.local',
    gloo: { bootstrapCluster: false, autoMtls: 'disabled', sidecarOnGateway: false },
    glooSeen: {},
    selection: 'labelled',
    verifyIdentity: false,
    meshesAreTold: true,
    isLive: false,
    readBootstrap,
    defaultMesh: { namespace: 'a', name: 'b.c' },
    meshes: [
      {
        namespace: 'a',
        name: 'b.c',
        istioNamespace: 'istio-system',
        trustDomain: 'cluster.local',
        mode: 'auto',
      },
    ],
  })
})

t.test('everything that is wrong is said at once, by line and path', async t => {
  const text = `apiVersion: gloo-istio.io/v1
kind: Configuration
mountRoot: etc/
defaultMesh: a.b
extra: 1
meshes:
- {namespace: Upper, name: istio}
- name: 3
  istioVersion: 1.0
- {namespace: a, name: c}
- {namespace: a, name: c, mode: x}
`
  t.strictSame(violations(text), [
    '1 apiVersion: expected "gloo-istio.io/v1alpha1"',
    '3 mountRoot: expected an absolute path without "..", ":" or a last slash',
    '4 defaultMesh: mesh a.b is not in meshes: add it there',
    '5 extra: unknown field: remove it',
    '7 meshes[0].namespace: expected a DNS label, for instance istio-system',
    '8 meshes[1].namespace: missing: it is required',
    '8 meshes[1].name: expected string: put it in quotes',
    '9 meshes[1].istioVersion: expected string: put it in quotes',
    '11 meshes[3].mode: expected "auto" or "citadel-files" or "citadel-sds" or "istio-agent" or "node-agent-sds" or "agent-socket"',
    '11 meshes[3]: mesh a.c stands already in meshes[2]: remove one',
  ])
})

const files: readonly [string, string, RegExp][] = [
  ['nothing', '', /^1 : expected object$/],
  ['a list', '[]', /^1 : expected object$/],
  ['a slip of YAML', 'a: [\n', /^2 : Flow sequence/],
  ['a key twice', `${HEAD}kind: Configuration\n`, /^3 : Map keys must be unique/],
  ['two documents', `${HEAD}---\n${HEAD}`, /^3 : Source contains multiple documents/],
  ['meshes that are no list', `${HEAD}meshes: {a: b}\n`, /^3 meshes: expected array$/],
  ['a mesh that is no object', `${HEAD}meshes: [a]\n`, /^3 meshes\[0\]: expected object$/],
  [
    'a default mesh that is no text',
    `${HEAD}defaultMesh: []\n`,
    /^3 defaultMesh: expected string$/,
  ],
  [
    'a default mesh without a namespace',
    `${HEAD}defaultMesh: istio\n`,
    /^3 defaultMesh: expected <namespace>.<name>$/,
  ],
]
for (const [title, text, expected] of files)
  t.test(`refused: ${title}`, async t => t.match(violations(text)[0], expected))

t.test('a stage is one of three, and the facts know it', async t => {
  for (const stage of ['observe', 'warn', 'inject'] as const) {
    const parsed = parse(`stage: ${stage}\n`)
    if (!('configuration' in parsed)) return t.fail(JSON.stringify(parsed))
    t.equal(factsOf(parsed.configuration, readBootstrap).stage, stage)
  }
  t.strictSame(violations(`${HEAD}stage: off\n`), [
    '3 stage: expected "observe" or "warn" or "inject"',
  ])
})

t.test('two meshes cannot have one port, told or by default', async t => {
  const text = `${HEAD}meshes:
- {namespace: a, name: b, sdsPort: 8235}
- {namespace: a, name: c}
- {namespace: a, name: d, sdsPort: 8235}
`
  t.strictSame(violations(text), [
    '5 meshes[1]: sds port 8235 is that of meshes[0] already: give another sdsPort',
    '6 meshes[2]: sds port 8235 is that of meshes[0] already: give another sdsPort',
  ])
})

// a field of a mesh | a value that is refused
const wrong: readonly [string, string][] = [
  ['mode', 'files'],
  ['discoveryAddress', 'istiod.istio-system.svc'],
  ['revision', '1.22'],
  ['jwtPolicy', 'none'],
  ['proxyImage', '"a b"'],
  ['sdsPort', '80'],
  ['sdsPort', '70000'],
  ['meshId', '""'],
  ['clusterId', '""'],
]
for (const [name, value] of wrong)
  t.test(`${name}: ${value} is refused`, async t => {
    const [found, ...others] = violations(
      `${HEAD}meshes:\n- {namespace: a, name: b, ${name}: ${value}}\n`,
    )
    t.match(found, new RegExp(`^4 meshes\\[0\\]\\.${name}: expected `))
    t.strictSame(others, [])
  })

for (const text of [
  'version: 1.17',
  'version: latest',
  'autoMtls: true',
  'sdsImage: " x"',
  'new: 1',
])
  t.test(`gloo.${text} is refused`, async t =>
    t.match(violations(`${HEAD}gloo: {${text}}\n`)[0], /^3 gloo\./),
  )

const roots: readonly [string, boolean][] = [
  ['/etc/certs', true],
  ['/a/..b/c', true],
  ['/', false],
  ['/etc/../x', false],
  ['/etc/.', false],
  ['/etc/', false],
  ['/a:b', false],
  ['/a//b', false],
  ['etc', false],
]
for (const [root, valid] of roots)
  t.test(`mountRoot ${root} is ${valid ? 'fine' : 'refused'}`, async t =>
    t.equal('configuration' in parse(`mountRoot: ${JSON.stringify(root)}\n`), valid),
  )

t.test('the schema that editors get is closed and described', async t => {
  const schema = configurationSchema()
  t.equal(schema.additionalProperties, false)
  t.strictSame(schema.required, ['apiVersion', 'kind'])
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    t.ok(typeof property === 'object' && property.description, name)
})
