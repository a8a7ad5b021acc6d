import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { createMeshAuthority } from '../../certs/mesh.ts'
import { issueCertificate } from '../../src/certs/authority.ts'
import { UsageError } from '../../src/commands/exit.ts'
import { field, isRecord, items } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import type { BreakCode } from '../../src/core/verify-breaks.ts'
import { modeNamed } from '../demo/modes.ts'
import { must, NAMESPACE, UPSTREAM } from '../demo/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { freePort } from '../parts/ports.ts'
import { certificateSecret } from '../stand-ins/citadel.ts'
import { startDetails } from '../stand-ins/details.ts'
import { placePod } from '../stand-ins/kubelet-port-forward.ts'
import { underWay, until } from './verify-looks.ts'
import { ADMIN_PORT, NODE, POD, startForwardingCluster, startStage } from './verify-stage.ts'

const SANS = 'gloo-istio.io/subject-alt-names'
const ON = { 'gloo-istio.io/mtls': 'enabled' }
const IDENTITY = `spiffe://cluster.local/ns/${NAMESPACE}/sa/gateway-proxy`
const DAY_MS = 86_400_000

const skip = skipUnless('kubernetes', 'kubectl', 'envoy')
if (skip) {
  t.test('verify against a real Envoy', { skip }, async () => {})
} else {
  // Paths of Unix sockets are short, those of tap's own folders are not.
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-verify-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const cluster = await startForwardingCluster(join(dir, 'control-plane'))
  t.teardown(() => cluster.stop())
  const kubectl = (...args: string[]) => must(cluster.controlPlane, ...args)
  const mesh = await createMeshAuthority('cluster.local', new Date())
  const elsewhere = await createMeshAuthority('cluster.local', new Date())
  const detailsOf = async (authority = mesh) => {
    const started = await startDetails(authority)
    t.teardown(started.close)
    return started.port
  }
  const usual = await detailsOf()
  /** Where Gloo leads requests to now. */
  const details = { port: usual }

  type Change = (cluster: JsonObject) => JsonObject
  /** Gloo's clusters with something changed at the places of a key. */
  const changedAt = (key: string, change: (value: unknown) => JsonObject): Change => {
    const inside = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(inside)
      if (!isRecord(value)) return value
      const entries = Object.entries(value).flatMap(([name, found]) =>
        name === key ? Object.entries(change(found)) : [[name, inside(found)] as const],
      )
      return Object.fromEntries(entries)
    }
    return one => inside(one) as JsonObject
  }
  const allChanged =
    (change: Change) =>
    (clusters: JsonObject): JsonObject => ({
      resources: (items(clusters['resources']) as JsonObject[]).map(change),
    })

  t.test('certificates of Citadel, by Gloo’s sds', async t => {
    const mode = modeNamed('citadel-sds')
    const stage = await startStage({ cluster, dir: join(dir, 'citadel'), mode, mesh, details })
    t.teardown(() => stage.end())
    const { deliver } = stage

    await t.test('a plain Upstream is proved to be plain', async t =>
      t.match(await stage.verify(), {
        code: 0,
        stdout: /^Proved: Envoy speaks plain text with default\/details:9080, as decided$/m,
      }),
    )

    await t.test('what is decided and not written yet', async t => {
      await kubectl('annotate', 'upstream', UPSTREAM, '-n', NAMESPACE, 'gloo-istio.io/mtls=enabled')
      const { found } = await until(t, stage, ['broken', 'NotStored'])
      t.match(found.break?.message, /not hold what is decided: .*\[MtlsEnabled\]$/)
    })

    await t.test('without a request it is untried, and waiting for one ends in time', async t => {
      await stage.annotate(ON)
      await until(t, stage, ['untried'])
      const { code, stdout } = await stage.verify('--wait', '1s')
      t.equal(code, 1)
      t.match(stdout, /^‼ handshakes {3}no request has gone there yet$/m)
      t.match(stdout, /^Broken at handshakes: no request has gone there since .* \[NoHandshake\]$/m)
      t.match(stdout, /^ {2}now: send one through the gateway$/m)
    })

    await t.test('--wait goes on until a request has gone through', async t => {
      const waiting = stage.verify('--wait', '90s')
      t.equal(await stage.request(), 200)
      const { code, stdout, stderr } = await waiting
      t.equal(code, 0, stderr)
      t.match(
        stdout,
        /^✔ cluster {6}.*TLS with istio_server_cert from cluster gateway_proxy_sds, /m,
      )
      t.match(stdout, new RegExp(`^✔ certificate {2}${IDENTITY} #\\w+, until .*89 days left`, 'm'))
      t.match(stdout, /^✔ trust {8}O=cluster.local, CN=Istio-like root #\w+ \(one authority\)$/m)
      t.match(stdout, /^✔ endpoints {4}1 of 1 healthy$/m)
      t.match(stdout, /^✔ handshakes {3}1 done, 0 failed; 1 requests answered$/m)
      t.match(stdout, /^Proved: Envoy speaks mutual TLS with default\/details:9080, as decided$/m)
    })

    await t.test('as JSON, the same for programs', async t => {
      const { code, stdout } = await stage.verify('-o', 'json')
      t.equal(code, 0)
      t.match(JSON.parse(stdout), {
        verdict: 'proved',
        break: null,
        decision: { standing: 'mtls', mode: 'citadel-sds' },
        pods: [{ name: POD, serviceAccount: 'gateway-proxy' }],
      })
    })

    const root = 'validation_context_sds_secret_config'
    const names = { match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: 'a' } }] }
    const cert = 'tls_certificate_sds_secret_configs'
    // what Gloo hands on | how it is changed | code | what is said of it
    const delivered: readonly [string, Change | undefined, BreakCode, RegExp][] = [
      [
        'an Upstream without its sslConfig',
        changedAt('transport_socket', () => ({})),
        'PlainText',
        /cluster default-details-9080_gloo-system speaks plain text, not mutual TLS/,
      ],
      ['nothing', undefined, 'ClusterMissing', /Envoy has no cluster default-details-9080_gloo/],
      [
        'names that nobody decided',
        changedAt(root, value => ({
          combined_validation_context: { default_validation_context: names, [root]: value },
        })),
        'SanMismatch',
        /accepts a, but decided is any name/,
      ],
      [
        'another source of certificates',
        changedAt(cert, value => ({ [cert]: [{ ...(items(value)[0] as object), name: 'b' }] })),
        'OtherForm',
        /has certificate b from cluster gateway_proxy_sds, not certificate istio_server_cert from/,
      ],
      [
        'no ALPN',
        changedAt('alpn_protocols', () => ({})),
        'AlpnMissing',
        /offers ALPN none, not istio/,
      ],
      [
        'no endpoint',
        one => ({ ...one, load_assignment: { cluster_name: field(one, 'name') } }),
        'NoEndpoint',
        /0 of 0 endpoints/,
      ],
    ]
    for (const [what, change, code, message] of delivered)
      await t.test(`Gloo hands on ${what}: ${code}`, async t => {
        deliver.change = change ? allChanged(change) : () => ({ resources: [] })
        t.match((await until(t, stage, ['broken', code])).found.break?.message, message)
      })
    deliver.change = clusters => clusters

    await t.test('workloads of another name: PeerNameRefused', async t => {
      await stage.annotate({ [SANS]: 'spiffe://cluster.local/ns/x/sa/y' })
      const { found } = await underWay(stage, () => until(t, stage, ['broken', 'PeerNameRefused']))
      const message =
        /show another name than spiffe:\/\/cluster.local\/ns\/x\/sa\/y: Envoy broke off/
      t.match(found.break?.message, message)
      await stage.annotate({ [SANS]: 'spiffe://cluster.local/ns/default/sa/default' })
      await underWay(stage, () => until(t, stage, ['proved']))
    })

    // who is where the Upstream leads to | port | code
    const workloads: readonly [string, () => Promise<number>, BreakCode][] = [
      ['workloads of another authority', () => detailsOf(elsewhere), 'PeerAuthorityRefused'],
      ['nobody', freePort, 'HandshakeFails'],
    ]
    for (const [who, portOf, code] of workloads)
      await t.test(`${who}: ${code}`, async t => {
        details.port = await portOf()
        t.teardown(() => {
          details.port = usual
        })
        await underWay(stage, () => until(t, stage, ['broken', code]))
      })

    const good = async () =>
      (await certificateSecret(mesh, NAMESPACE, 'gateway-proxy')) as JsonObject
    const secretWith = async (data: JsonObject) => {
      const secret = await good()
      return { ...secret, stringData: { ...(secret['stringData'] as JsonObject), ...data } }
    }
    const ranOut = () =>
      issueCertificate(mesh.root, {
        organization: 'cluster.local',
        commonName: 'gateway-proxy',
        uris: [IDENTITY],
        usages: ['clientAuth'],
        days: 1,
        now: new Date(Date.now() - 10 * DAY_MS),
      })
    // what Citadel's Secret holds | Secret | code | what is said of it
    const secrets: readonly [string, () => Promise<JsonObject>, BreakCode, RegExp][] = [
      [
        'a certificate of another ServiceAccount',
        async () => {
          const { certPem, keyPem } = await mesh.issue(NAMESPACE, 'discovery')
          return secretWith({ 'cert-chain.pem': certPem, 'key.pem': keyPem })
        },
        'WrongIdentity',
        /is that of spiffe:\/\/\S+\/sa\/discovery, but the proxy is spiffe:\/\/\S+\/gateway-proxy$/,
      ],
      [
        'a certificate that has run out',
        async () => {
          const { certPem, keyPem } = await ranOut()
          return secretWith({ 'cert-chain.pem': certPem, 'key.pem': keyPem })
        },
        'CertificateExpired',
        /ran out at .*, \d+ days ago/,
      ],
      [
        'authorities of another mesh',
        () => secretWith({ 'root-cert.pem': elsewhere.rootPem }),
        'CaMismatch',
        /signed by O=cluster.local, CN=Istio-like root, but Envoy trusts O=cluster.local, CN=/,
      ],
    ]
    for (const [what, secretOf, code, message] of secrets)
      await t.test(`${what}: ${code}`, async t => {
        await stage.hold(await secretOf())
        t.match((await until(t, stage, ['broken', code])).found.break?.message, message)
      })
    await stage.hold(await good())
    await underWay(stage, () => until(t, stage, ['proved']))

    await t.test('who may not forward ports is told which right it takes', async t => {
      await kubectl('create', 'serviceaccount', 'looker', '-n', NAMESPACE)
      const token = (await kubectl('create', 'token', 'looker', '-n', NAMESPACE)).trim()
      const kubeconfig = join(dir, 'looker')
      const config = JSON.parse(await kubectl('config', 'view', '--raw', '-o', 'json'))
      config.users[0].user = { token }
      writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 })
      const account = `--serviceaccount=${NAMESPACE}:looker`
      const grant = async (name: string, verbs: string, resources: string) => {
        await kubectl('create', 'clusterrole', name, `--verb=${verbs}`, `--resource=${resources}`)
        await kubectl('create', 'clusterrolebinding', name, `--clusterrole=${name}`, account)
      }
      const gloo = 'upstreams.gloo.solo.io,deployments.apps,daemonsets.apps'
      await grant('look', 'list', `namespaces,pods,services,configmaps,${gloo}`)
      const breakFound = async () => (await stage.look({ kubeconfig })).found.break
      t.match(await breakFound(), {
        code: 'AdminForbidden',
        message: /may not be asked: .*cannot get resource "pods\/portforward"/,
        hint: /the verbs get and create on pods\/portforward in namespace gloo-system$/,
      })
      await grant('look-get', 'get', 'pods/portforward')
      t.match(await breakFound(), { code: 'AdminForbidden' }, 'get alone is not enough')
      await grant('look-create', 'create', 'pods/portforward')
      t.match((await stage.look({ kubeconfig })).found, { verdict: 'proved' })
    })

    await t.test('another port than that of the admin API: AdminUnreachable', async t => {
      const { code, stderr, stdout } = await stage.verify('--admin-port', '19001')
      t.equal(code, 2)
      t.match(
        stderr,
        /cannot be asked at port 19001: .*ECONNREFUSED.* \[AdminUnreachable\]; name its/,
      )
      t.match(stdout, /^✘ admin {8}not asked$/m)
    })

    await t.test('a proxy or an Upstream that is not there', async t => {
      await t.rejects(stage.look({ proxy: ['a', 'b'] }), {
        constructor: UsageError,
        message: 'no gateway proxy a/b was found for --proxy; there is: gloo-system/gateway-proxy',
      })
      await kubectl('delete', 'upstream', UPSTREAM, '-n', NAMESPACE)
      const message = `no Upstream ${NAMESPACE}/${UPSTREAM} was found`
      await t.rejects(stage.look(), { constructor: UsageError, message })
    })

    await t.test('every pod that is ready is asked, and none that is not', async t => {
      await stage.restore()
      const place = (name: string, isReady: boolean) =>
        placePod(cluster.live.api, stage.deployment, { name, node: NODE, isReady })
      await place('not-ready', false)
      await underWay(stage, () => until(t, stage, ['proved']))
      await place('second', true)
      const half = (await stage.look({ proxy: [NAMESPACE, 'gateway-proxy'] })).found
      t.match(half, { verdict: 'unasked', break: { message: /in pod second cannot be asked/ } })
      t.equal(half.pods.length, 2, 'what is known of the other is there')
      cluster.places.set(`second:${ADMIN_PORT}`, cluster.places.get(`${POD}:${ADMIN_PORT}`) ?? 0)
      await until(t, stage, ['proved'])
      await kubectl('delete', 'pods', '-n', NAMESPACE, '--force', POD, 'second')
      await until(t, stage, ['unasked', 'NoReadyPod'])
    })

    await t.test('a cluster for certificates that Envoy’s bootstrap lacks', async t => {
      await placePod(cluster.live.api, stage.deployment, { name: POD, node: NODE })
      const sds = { clusterName: 'gateway_proxy_sds_7' }
      const patch = JSON.stringify({ spec: { sslConfig: { sds } } })
      await kubectl('patch', 'upstream', UPSTREAM, '-n', NAMESPACE, '--type=merge', '-p', patch)
      const { found, wanted } = await until(t, stage, ['broken', 'SdsClusterMissing'])
      t.equal(wanted.report.standing, 'kept')
      t.match(found.break?.message, /by cluster gateway_proxy_sds_7, which Envoy does not have/)
    })
  })
}
