import { t } from 'tap'
import type { Addition } from '../../src/core/additions.ts'
import { volumeNameOf } from '../../src/core/certificate-paths.ts'
import type { Mode } from '../../src/core/matrix.ts'
import type { GatewayProxy } from '../../src/core/proxy.ts'
import { additionsOf } from '../../src/core/proxy-additions.ts'
import type { Purpose } from '../../src/core/sidecars.ts'
import type { Mesh } from '../../src/core/types.ts'
import { CELLS } from '../harness/cells.ts'
import { formOn, proxyWith } from '../harness/forms.ts'

const MESH = formOn('istio-agent', '1.22.0').mesh
const PURPOSES: readonly Purpose[] = ['sds', 'certs', 'ca', 'envoy', 'token', 'cred', 'uds', 'keys']
const short = (path: string) => {
  const purpose = PURPOSES.find(name => path.endsWith(`[${volumeNameOf(MESH, name)}]`))
  return path.endsWith(`[${volumeNameOf(MESH)}]`)
    ? 'volumes[files]'
    : purpose
      ? `volumes[${purpose}]`
      : path
}

const additions = (
  mode: Mode,
  istio: string,
  proxy: Partial<GatewayProxy> = {},
  mesh: Partial<Mesh> = {},
  slot = 0,
): readonly Addition[] =>
  additionsOf(formOn(mode, istio, mesh, slot), proxyWith(proxy), '/etc/certs')

const AGENT = ['volumes[ca]', 'volumes[envoy]', 'volumes[token]']
const WORKLOAD = ['volumes[cred]', 'volumes[uds]', 'volumes[keys]']
const SIDECARS = ['containers[sds]', 'containers[istio-proxy]']
const ENVOY = 'containers[gateway-proxy].volumeMounts'
const SOCKET = '/var/run/secrets/workload-spiffe-uds'
const GLOO_SDS = { name: 'sds' }
const UNFIT = { hasFsGroup: false }
const NODE_AGENT = ['volumes[sds]', `${ENVOY}[/var/run/sds]`]
const TOKEN = ['volumes[token]', `${ENVOY}[/var/run/secrets/tokens]`]
const IN_GLOO_SDS = [
  'containers[sds].env[ISTIO_MTLS_SDS_ENABLED]',
  'containers[sds].volumeMounts[/etc/istio-certs/]',
]

// mode | Istio | proxy | mesh | what it gets
const shapes: readonly [Mode, string, Partial<GatewayProxy>, Partial<Mesh>, readonly string[]][] = [
  ['citadel-files', '1.0.9', {}, {}, ['volumes[files]', `${ENVOY}[/etc/certs/team-a/istio]`]],
  ['node-agent-sds', '1.1.17', UNFIT, {}, NODE_AGENT],
  ['node-agent-sds', '1.2.10', UNFIT, {}, NODE_AGENT],
  ['node-agent-sds', '1.4.10', {}, {}, [...NODE_AGENT, ...TOKEN]],
  ['node-agent-sds', '1.4.10', UNFIT, {}, [...NODE_AGENT, ...TOKEN, 'securityContext.fsGroup']],
  ['node-agent-sds', '1.4.10', { ...UNFIT, user: undefined }, {}, [...NODE_AGENT, ...TOKEN]],
  ['node-agent-sds', '1.4.10', UNFIT, { jwtPolicy: 'first-party-jwt' }, NODE_AGENT],
  ['citadel-sds', '1.4.10', UNFIT, {}, ['volumes[certs]', 'containers[sds]']],
  ['citadel-sds', '1.4.10', { glooSds: GLOO_SDS }, {}, ['volumes[certs]', ...IN_GLOO_SDS]],
  ['istio-agent', '1.22.0', {}, {}, ['volumes[certs]', ...AGENT, ...WORKLOAD, ...SIDECARS]],
  ['istio-agent', '1.13.9', {}, {}, ['volumes[certs]', ...AGENT, ...SIDECARS]],
  [
    'istio-agent',
    '1.13.9',
    UNFIT,
    {},
    ['volumes[certs]', ...AGENT, 'securityContext.fsGroup', ...SIDECARS],
  ],
  [
    'istio-agent',
    '1.13.9',
    UNFIT,
    { jwtPolicy: 'first-party-jwt' },
    ['volumes[certs]', 'volumes[ca]', 'volumes[envoy]', ...SIDECARS],
  ],
  [
    'istio-agent',
    '1.13.9',
    { glooSds: GLOO_SDS },
    {},
    ['volumes[certs]', ...AGENT, ...IN_GLOO_SDS, 'containers[istio-proxy]'],
  ],
  [
    'agent-socket',
    '1.22.0',
    {},
    {},
    [...AGENT, ...WORKLOAD, `${ENVOY}[${SOCKET}]`, 'containers[istio-proxy]'],
  ],
]
for (const [mode, istio, proxy, mesh, expected] of shapes)
  t.test(`${mode} of Istio ${istio} brings ${expected.length} things`, async t =>
    t.strictSame(
      additions(mode, istio, proxy, mesh).map(({ path }) => short(path)),
      expected,
    ),
  )

const additionAt = (list: readonly Addition[], path: string) =>
  list.find(addition => short(addition.path) === path)?.value

// volume | mode | Istio | what it is made from
const volumes: readonly [string, Mode, string, object][] = [
  [
    'files',
    'citadel-files',
    '1.0.9',
    { secret: { secretName: 'istio.gateway-proxy', optional: true, defaultMode: 420 } },
  ],
  [
    'certs',
    'citadel-sds',
    '1.4.10',
    { secret: { secretName: 'istio.gateway-proxy', defaultMode: 420 } },
  ],
  ['certs', 'istio-agent', '1.22.0', { emptyDir: { medium: 'Memory' } }],
  ['envoy', 'istio-agent', '1.22.0', { emptyDir: { medium: 'Memory' } }],
  ['uds', 'agent-socket', '1.22.0', { emptyDir: {} }],
  ['ca', 'istio-agent', '1.22.0', { configMap: { name: 'istio-ca-root-cert', defaultMode: 420 } }],
  ['sds', 'node-agent-sds', '1.4.10', { hostPath: { path: '/var/run/sds', type: '' } }],
]
for (const [name, mode, istio, expected] of volumes)
  t.test(`volume ${name} of ${mode} is as Gloo and Istio have it`, async t => {
    const { name: called, ...source } = additionAt(additions(mode, istio), `volumes[${name}]`) as {
      name: string
    }
    t.match(called, /^gloo-istio-team-a-istio-/)
    t.strictSame(source, expected)
  })

// Istio | audience of the token, when one is made
const audiences: readonly [string, string][] = [
  ['1.2.10', 'prod.example'],
  ['1.3.8', 'istio-ca'],
  ['1.4.10', 'istio-ca'],
]
for (const [istio, audience] of audiences)
  t.test(`a token for Istio ${istio} is for ${audience}`, async t => {
    const mesh = { trustDomain: 'prod.example', jwtPolicy: 'third-party-jwt' } as const
    const list = additions('node-agent-sds', istio, {}, mesh)
    const token = additionAt(list, 'volumes[token]') as { projected: unknown }
    t.strictSame(token.projected, {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { audience, expirationSeconds: 43200, path: 'istio-token' } },
      ],
    })
  })

t.test('the pod’s group can read the token: the user of who reads it', async t => {
  const groups = (mode: Mode, user: number | undefined) =>
    additionAt(additions(mode, '1.4.10', { ...UNFIT, user }), 'securityContext.fsGroup')
  t.equal(groups('node-agent-sds', 5000), 5000)
  t.equal(groups('node-agent-sds', 0), undefined, 'root needs no group')
  t.equal(groups('istio-agent', 5000), 5000)
  t.equal(groups('istio-agent', undefined), undefined, 'the cluster gives one with the user')
})

t.test(
  'Envoy may not write to what it mounts, and Gloo’s own sds mounts what ours would',
  async t => {
    for (const [mode, istio] of [
      ['citadel-files', '1.0.9'],
      ['node-agent-sds', '1.4.10'],
      ['agent-socket', '1.22.0'],
    ] as const)
      for (const { path, value } of additions(mode, istio).filter(a => a.path.startsWith(ENVOY)))
        t.match(value, { readOnly: true }, path)
    const extended = additions('citadel-sds', '1.4.10', { glooSds: GLOO_SDS })
    t.match(additionAt(extended, 'containers[sds].volumeMounts[/etc/istio-certs/]'), {
      readOnly: true,
    })
    const written = additions('istio-agent', '1.22.0', { glooSds: GLOO_SDS })
    t.same(additionAt(written, 'containers[sds].env[ISTIO_MTLS_SDS_ENABLED]'), {
      name: 'ISTIO_MTLS_SDS_ENABLED',
      value: 'true',
    })
  },
)

// The files that the agent writes are for its own user alone.
t.test('the agent has the user of the sds container that reads its files', async t => {
  const users = (glooSds: unknown, user: number) => {
    const list = additions('istio-agent', '1.22.0', { glooSds, user })
    const agent = additionAt(list, 'containers[istio-proxy]')
    return (agent as { securityContext: { runAsUser: number } }).securityContext.runAsUser
  }
  t.equal(users(undefined, 5000), 5000)
  t.equal(users({ name: 'sds', securityContext: { runAsUser: 7000 } }, 5000), 7000)
})

t.test('a further mesh has containers of its own, Gloo’s own mTLS or not', async t => {
  const paths = additions('istio-agent', '1.22.0', { glooSds: GLOO_SDS }, {}, 1).map(a => a.path)
  t.ok(paths.includes('containers[sds-2]'))
  t.ok(paths.includes('containers[istio-proxy-2]'))
  t.notOk(paths.some(path => path.startsWith('containers[sds]')))
  const socket = additions('agent-socket', '1.22.0', {}, {}, 1).map(a => a.path)
  t.ok(socket.includes(`${ENVOY}[${SOCKET}-2]`))
})

t.test('every mount of every container is of a volume that comes along', async t => {
  const cells = CELLS.filter(({ gloo }) => ['1.5.0', '1.22.1'].includes(gloo))
  for (const { istio, fits } of cells)
    for (const mode of fits)
      for (const slot of [0, 1]) {
        const list = additions(mode, `${istio}.0`, {}, {}, slot)
        const names = list
          .filter(({ path }) => path.startsWith('volumes['))
          .map(({ value }) => (value as { name: string }).name)
        const mounts = list.flatMap(({ path, value }) =>
          path.includes('volumeMounts')
            ? [value as { name: string }]
            : ((value as { volumeMounts?: { name: string }[] }).volumeMounts ?? []),
        )
        const used = new Set(mounts.map(({ name }) => name))
        used.delete('envoy-config')
        t.strictSame([...used].toSorted(), names.toSorted(), `${mode} of Istio ${istio}`)
        t.equal(new Set(list.map(({ path }) => path)).size, list.length)
      }
})

t.test('a mode of the future is a fault that shows', async t =>
  t.equal(additions('new' as Mode, '1.22.0'), 'new'),
)

t.test('what the same proxy gets is worked out once, and another proxy gets its own', async t => {
  const form = formOn('istio-agent', '1.22.0')
  const of = (proxy: Partial<GatewayProxy>, root = '/etc/certs') =>
    additionsOf(form, proxyWith(proxy), root)
  const first = of({})
  t.equal(of({}), first)
  t.not(of({ reader: 1234 }), first)
  t.match(additionAt(of({ reader: 1234 }), 'containers[sds]'), {
    securityContext: { runAsUser: 1234 },
  })
  const files = (root: string) =>
    additionsOf(formOn('citadel-files', '1.0.9'), proxyWith({}), root)[1]?.path
  t.not(files('/etc/certs'), files('/other'))
  t.equal(of({}), first)
})

t.test('of very many proxies, or one of enormous names, not all is kept', async t => {
  const form = formOn('istio-agent', '1.22.0')
  const of = (container: string) => additionsOf(form, proxyWith({ container }), '/etc/certs')
  const first = of('proxy')
  for (let at = 1; at < 100; at++) of(`proxy-${at}`)
  t.equal(of('proxy'), first, 'a hundred are kept, however often they are asked for')
  t.equal(of('proxy-1'), of('proxy-1'))
  t.equal(of('proxy'), first)
  of('proxy-100')
  t.not(of('proxy'), first)
  t.strictSame(of('proxy'), first)
  const enormous = 'x'.repeat(5000)
  t.not(of(enormous), of(enormous))
  t.strictSame(of(enormous), of(enormous))
})
