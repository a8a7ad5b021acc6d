import { t } from 'tap'
import { volumeNameOf } from '../../src/core/certificate-paths.ts'
import { clashOf, missingOf, type Place, portsOf } from '../../src/core/clashes.ts'
import { type Form, formOf, isForm } from '../../src/core/form.ts'
import { proxyOf } from '../../src/core/proxy.ts'
import { additionsOf } from '../../src/core/proxy-additions.ts'
import type { JsonObject, Mesh } from '../../src/core/types.ts'
import { factsOn, gloo, mesh } from '../harness/build.ts'
import { ENVOY, envoyWith, gatewayProxy, type Shape } from '../harness/workloads.ts'

const MODES: Readonly<Record<string, readonly [string, Partial<Mesh>]>> = {
  'citadel-files': ['1.4.0', { istioVersion: '1.4.10' }],
  'istio-agent': ['1.22.1', { istioVersion: '1.22.3' }],
  'old istio-agent': ['1.22.1', { istioVersion: '1.10.6' }],
  'agent-socket': ['1.22.1', { istioVersion: '1.22.3', mode: 'agent-socket' }],
  'node-agent-sds': ['1.4.0', { istioVersion: '1.3.8', mode: 'node-agent-sds' }],
}
const MESH = mesh('team-a.istio')

const placeOf = (mode: string, shape: Shape, changed: readonly string[] = []): Place => {
  const [version, more] = MODES[mode] ?? ['', {}]
  const asked = mesh('team-a.istio', more)
  const facts = factsOn(version, asked)
  const form = formOf(
    facts,
    { text: version, major: 1, minor: Number(version.split('.')[1]), patch: 9 },
    asked,
  )
  if (!isForm(form)) throw new TypeError(form.message)
  const base = gatewayProxy(shape)
  const proxy = proxyOf(base, gloo({ version, sdsImage: 'example.com/sds:1' }))
  return { base, proxy, form, additions: additionsOf(form, proxy, '/etc/certs'), changed }
}
const reasonOf = (place: Place) => clashOf(place)?.reason

const FOLDER = '/etc/certs/team-a/istio'
const mine = { name: 'mine', emptyDir: {} }
const secret = (name: string, secretName = 'istio.default') => ({ name, secret: { secretName } })
const at = (path: string, volume: JsonObject) => ({
  containers: [envoyWith('mine', path)],
  volumes: [volume],
})
const withPort = (containerPort: unknown) => ({
  containers: [ENVOY, { name: 'x', ports: [{ containerPort }] }],
})

// mode | shape | clash
const cases: readonly [string, string, Shape, string | undefined][] = [
  ['nothing in the way', 'citadel-files', {}, undefined],
  ['a mount at our path', 'citadel-files', at(FOLDER, mine), 'MountPathTaken'],
  [
    'a mount at our path with a slash behind',
    'citadel-files',
    at(`${FOLDER}//`, mine),
    'MountPathTaken',
  ],
  ['a mount around ours', 'citadel-files', at('/etc', mine), 'MountPathTaken'],
  ['a mount inside ours', 'citadel-files', at(`${FOLDER}/x`, mine), 'MountPathTaken'],
  ['a mount beside ours', 'citadel-files', at(`${FOLDER}-2`, mine), undefined],
  ['a mount of the same Secret', 'citadel-files', at(FOLDER, secret('mine')), undefined],
  ['a mount of another Secret', 'citadel-files', at(FOLDER, secret('mine', 'x')), 'MountPathTaken'],
  ['a mount of the root', 'citadel-files', at('/', mine), 'MountPathTaken'],
  [
    'a mount without a path',
    'citadel-files',
    { containers: [{ ...ENVOY, volumeMounts: [null, { name: 3 }] }] },
    undefined,
  ],
  [
    'our volume name',
    'citadel-files',
    { volumes: [{ name: volumeNameOf(MESH) }] },
    'VolumeNameTaken',
  ],
  [
    'our volume name with our Secret',
    'citadel-files',
    { volumes: [secret(volumeNameOf(MESH))] },
    undefined,
  ],
  [
    'the socket of the node agent, mounted',
    'node-agent-sds',
    at('/var/run/sds', { name: 'mine', hostPath: { path: '/var/run/sds' } }),
    undefined,
  ],
  ['another folder there', 'node-agent-sds', at('/var/run/sds', mine), 'MountPathTaken'],
  [
    'a container of our name',
    'istio-agent',
    { containers: [ENVOY, { name: 'sds' }] },
    'ContainerNameTaken',
  ],
  ['the port of sds', 'istio-agent', withPort(8234), 'PortTaken'],
  ['the port of the agent', 'agent-socket', withPort(15_020), 'PortTaken'],
  ['the port of sds without an sds', 'agent-socket', withPort(8234), undefined],
  ['a port of an idle Envoy', 'old istio-agent', withPort(15_001), 'PortTaken'],
  ['a port of the Envoy that is not there', 'istio-agent', withPort(15_001), undefined],
  ['a port that is no number', 'istio-agent', withPort('http'), undefined],
]
for (const [title, mode, shape, reason] of cases)
  t.test(`${title} is ${reason ?? 'no clash'} for ${mode}`, async t =>
    t.equal(reasonOf(placeOf(mode, shape)), reason),
  )

t.test('what somebody changed of ours is no clash', async t => {
  const name = volumeNameOf(MESH)
  const path = `containers[gateway-proxy].volumeMounts[${FOLDER}]`
  t.equal(reasonOf(placeOf('citadel-files', at(FOLDER, mine), [path])), undefined)
  t.equal(
    reasonOf(placeOf('citadel-files', { volumes: [{ name }] }, [`volumes[${name}]`])),
    undefined,
  )
})

const pathsOf = (place: Place) => missingOf(place).map(({ path }) => path)

t.test('what others have put there already is not missing', async t => {
  t.equal(pathsOf(placeOf('citadel-files', {})).length, 2)
  t.strictSame(pathsOf(placeOf('citadel-files', at(FOLDER, secret('mine')))), [])
  const own = placeOf('citadel-files', { volumes: [secret(volumeNameOf(MESH))] })
  t.strictSame(pathsOf(own), [`containers[gateway-proxy].volumeMounts[${FOLDER}]`])
})

t.test('a token of the same audience is the same, another is not', async t => {
  const token = (audience: string) => ({
    name: 'mine',
    projected: {
      sources: [
        { serviceAccountToken: { audience, expirationSeconds: 43_200, path: 'istio-token' } },
      ],
    },
  })
  const place = (audience: string) =>
    placeOf('node-agent-sds', at('/var/run/secrets/tokens', token(audience)))
  t.equal(reasonOf(place('istio-ca')), undefined)
  t.equal(reasonOf(place('other')), 'MountPathTaken')
})

t.test('ports are those of the containers that are added', async t => {
  t.strictSame(portsOf(placeOf('istio-agent', {})), [8234, 15_020])
  t.strictSame(portsOf(placeOf('agent-socket', {})), [15_020])
  t.strictSame(portsOf(placeOf('citadel-files', {})), [])
  const second: Form = { ...placeOf('istio-agent', {}).form, slot: 1 }
  const { proxy } = placeOf('istio-agent', {})
  t.strictSame(
    portsOf({ form: second, additions: additionsOf(second, proxy, '/x') }),
    [8235, 15_120],
  )
})
