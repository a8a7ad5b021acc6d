import { t } from 'tap'
import { volumeNameOf } from '../../src/core/certificate-paths.ts'
import { agentContainer, type Purpose, sdsContainer } from '../../src/core/sidecars.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { formOn, proxyWith } from '../harness/forms.ts'

interface Container {
  readonly name: string
  readonly image?: string
  readonly env: readonly { readonly name: string; readonly value?: string }[]
  readonly volumeMounts: readonly {
    readonly name: string
    readonly mountPath: string
    readonly readOnly?: boolean
  }[]
  readonly securityContext: JsonObject
  readonly resources: { readonly limits: JsonObject; readonly requests: JsonObject }
}
const read = (container: JsonObject) => container as unknown as Container

const volumes = (['certs', 'ca', 'envoy', 'token', 'cred', 'uds', 'keys'] as const).map(
  (purpose: Purpose) =>
    [volumeNameOf(formOn('istio-agent', '1.22.0').mesh, purpose), purpose] as const,
)
const purposeOf = new Map(volumes)

/** Mounts as `purpose@path`, with `:ro` where they are read-only. */
const mountsOf = ({ volumeMounts }: Container) =>
  volumeMounts.map(
    ({ name, mountPath, readOnly }) =>
      `${purposeOf.get(name) ?? name}@${mountPath}${readOnly ? ':ro' : ''}`,
  )
const variableOf = ({ env }: Container, name: string) =>
  env.find(entry => entry.name === name)?.value

t.test('the sds container is that of Gloo’s chart, but on the loopback only', async t => {
  const sds = read(sdsContainer(formOn('istio-agent', '1.22.0'), proxyWith(), false))
  t.equal(sds.name, 'sds')
  t.equal(sds.image, 'quay.io/solo-io/sds:1.22.1')
  t.strictSame(
    sds.env.map(({ name }) => name),
    ['POD_NAME', 'POD_NAMESPACE', 'ISTIO_MTLS_SDS_ENABLED', 'SDS_SERVER_ADDRESS'],
  )
  t.equal(variableOf(sds, 'ISTIO_MTLS_SDS_ENABLED'), 'true')
  t.equal(variableOf(sds, 'SDS_SERVER_ADDRESS'), '127.0.0.1:8234')
  t.strictSame(mountsOf(sds), ['certs@/etc/istio-certs/', 'envoy-config@/etc/envoy:ro'])
  t.notOk('readinessProbe' in sds, 'a probe of the port comes from outside the pod')
  t.notOk('ports' in sds)
})

t.test('an sds container of a Secret cannot write to it', async t => {
  const bare = proxyWith({ hasEnvoyConfig: false, sdsImage: undefined })
  const sds = read(sdsContainer(formOn('citadel-sds', '1.4.10'), bare, true))
  t.strictSame(mountsOf(sds), ['certs@/etc/istio-certs/:ro'], 'without a bootstrap to mount')
  t.equal(sds.image, undefined, 'and its image may be unknown')
})

t.test('a further sds container has names and a port of its own', async t => {
  const form = formOn('istio-agent', '1.22.0', {}, 1)
  const sds = read(sdsContainer(form, proxyWith(), false))
  t.equal(sds.name, 'sds-2')
  t.equal(variableOf(sds, 'SDS_SERVER_ADDRESS'), '127.0.0.1:8235')
  t.equal(variableOf(sds, 'ISTIO_SERVER_CERT'), 'istio_server_cert_2')
  t.equal(variableOf(sds, 'ISTIO_VALIDATION_CONTEXT'), 'istio_validation_context_2')
})

const OLD = [
  'ca@/var/run/secrets/istio:ro',
  'envoy@/etc/istio/proxy',
  'certs@/etc/istio-certs/',
  'token@/var/run/secrets/tokens:ro',
]
const WORKLOAD = [
  'cred@/var/run/secrets/credential-uds',
  'uds@/var/run/secrets/workload-spiffe-uds',
  'keys@/var/run/secrets/workload-spiffe-credentials',
]
const mounts: readonly [string, JsonObject, readonly string[]][] = [
  [
    'of Istio 1.22',
    agentContainer(formOn('istio-agent', '1.22.0'), proxyWith()),
    [...OLD, ...WORKLOAD],
  ],
  ['of Istio 1.13', agentContainer(formOn('istio-agent', '1.13.9'), proxyWith()), OLD],
  [
    'with a plain token',
    agentContainer(formOn('istio-agent', '1.13.9', { jwtPolicy: 'first-party-jwt' }), proxyWith()),
    OLD.filter(line => !line.startsWith('token')),
  ],
  [
    'whose socket is shared',
    agentContainer(formOn('agent-socket', '1.22.0'), proxyWith()),
    [...OLD.filter(line => !line.startsWith('certs')), ...WORKLOAD],
  ],
]
for (const [title, container, expected] of mounts)
  t.test(`an agent ${title} mounts what it needs`, async t =>
    t.strictSame(mountsOf(read(container)), expected),
  )

t.test('the agent is Istio’s own image, or the one that is told', async t => {
  const agent = (more: object, slot = 0) =>
    read(agentContainer(formOn('istio-agent', '1.22.3', more, slot), proxyWith()))
  t.equal(agent({}).name, 'istio-proxy')
  t.equal(agent({}, 2).name, 'istio-proxy-3')
  t.equal(agent({}).image, 'docker.io/istio/proxyv2:1.22.3')
  t.equal(agent({ proxyImage: 'mine:1' }).image, 'mine:1')
})

t.test('an agent with an Envoy gets more memory than one without', async t => {
  const mebibytes = (container: JsonObject) => {
    const [, digits, unit] =
      /^(\d+)([MG])i$/.exec(String(read(container).resources.limits['memory'])) ?? []
    return Number(digits) * (unit === 'G' ? 1024 : 1)
  }
  const [old, alone, socket, sds] = [
    agentContainer(formOn('istio-agent', '1.10.6'), proxyWith()),
    agentContainer(formOn('istio-agent', '1.11.0'), proxyWith()),
    agentContainer(formOn('agent-socket', '1.22.0'), proxyWith()),
    sdsContainer(formOn('istio-agent', '1.11.0'), proxyWith(), false),
  ].map(mebibytes)
  t.ok(Number(old) > Number(alone))
  t.equal(socket, old)
  t.ok(Number(alone) > Number(sds))
})

// user of Envoy | of both sidecars: the files of one are for the other alone, as long as they are one
const users: readonly [number | undefined, number | undefined][] = [
  [10_101, 10_101],
  [5000, 5000],
  [undefined, undefined],
]
for (const [user, expected] of users)
  t.test(`beside an Envoy of user ${user}, both sidecars are user ${expected}`, async t => {
    const proxy = proxyWith({ user })
    const form = formOn('istio-agent', '1.22.0')
    for (const container of [agentContainer(form, proxy), sdsContainer(form, proxy, false)])
      t.strictSame(
        read(container).securityContext,
        {
          // What PodSecurity `restricted` demands of each container.
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
          readOnlyRootFilesystem: true,
          ...(expected && { runAsUser: expected }),
        },
        container.name,
      )
  })

// Istio's image is of user 1337 or root, Gloo's of 10101, and the files of the agent are for its user alone.
t.test('beside an Envoy of root, both sidecars are one user all the same', async t => {
  const form = formOn('istio-agent', '1.22.0')
  const [agent, sds] = [agentContainer, sdsContainer].map(make =>
    Number(read(make(form, proxyWith({ user: 0 }), false)).securityContext['runAsUser']),
  )
  t.equal(agent, sds)
  t.ok(Number(agent) > 0, 'and not root')
})
