import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import type { JsonObject } from '../../src/core/types.ts'
import { isOld, MESH, modeNamed, modes, serviceAccountOf } from '../demo/modes.ts'
import { type Gateway, Players } from '../demo/players.ts'
import { must, NAMESPACE, startCluster, UPSTREAM, untilAdmitted } from '../demo/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { freePort } from '../parts/ports.ts'
import { type Installed, installWebhook } from '../parts/webhook.ts'

const SETTLE_MS = 30_000
const AFTERWARDS = 50
/** Istio's agent renews a certificate at half its life. */
const AGENT = { SECRET_TTL: '16s' }

const UPSTREAM_REF = ['upstream', UPSTREAM, '-n', NAMESPACE]
const SANS = 'gloo-istio.io/subject-alt-names'
const ASKED = ['gloo-istio.io/mtls=enabled', `gloo-istio.io/mesh=${MESH.namespace}.${MESH.name}`]

const ask = async (url: string) => {
  const response = await fetch(url, { headers: { connection: 'close' } })
  await response.text()
  const header = (name: string) => response.headers.get(name)
  return {
    status: response.status,
    identity: header('x-client-identity'),
    serial: header('x-client-serial'),
  }
}

type Answer = Awaited<ReturnType<typeof ask>>

/** Gloo and Envoy take a moment after each change. */
const askUntil = async (url: string, isIt: (answer: Answer) => boolean): Promise<Answer> => {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const answer = await ask(url)
    if (isIt(answer) || Date.now() > deadline) return answer
    await sleep(50)
  }
}

const statusOf = async (url: string, status: number) =>
  (await askUntil(url, answer => answer.status === status)).status

/** Requests one after another, to a little beyond the first that shows another certificate. */
const flow = async (url: string, serial: string | null, atMost = 100_000) => {
  const answers: Answer[] = []
  const deadline = Date.now() + SETTLE_MS
  let left = atMost
  while (left-- > 0 && Date.now() < deadline) {
    const answer = await ask(url)
    answers.push(answer)
    if (answer.status === 200 && answer.serial !== serial) left = Math.min(left, AFTERWARDS)
    await sleep(2)
  }
  return answers
}

const countNotOk = (answers: readonly Answer[]) =>
  answers.filter(({ status }) => status !== 200).length

const skip = skipUnless('kubernetes', 'kubectl', 'helm', 'envoy', 'istio')
if (skip) {
  t.test('traffic in every mode', { skip }, async () => {})
} else {
  // Paths of Unix sockets are short, those of tap's own folders are not.
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-modes-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const controlPlane = await startCluster(join(dir, 'control-plane'))
  t.teardown(() => controlPlane.stop())
  const kubectl = (...args: string[]) => must(controlPlane, ...args)

  // One authority for all: the next istiod would otherwise have to replace the root of the last.
  const cast = new Players(join(dir, 'mesh'), modeNamed('istio-agent'))
  t.teardown(() => cast.end())
  const mesh = await cast.mesh()

  const uninstall = async ({ helm, stop }: Installed) => {
    await helm('uninstall', 'gloo-istio', '-n', 'gloo-istio')
    await stop()
    await kubectl('delete', 'upstreams,deployments,secrets', '-n', NAMESPACE, '--all')
    await kubectl('delete', 'configmap', 'gateway-proxy-envoy-config', '-n', NAMESPACE)
  }

  /** The gateway as the webhook makes it, and an Upstream that nobody has asked about. */
  const play = async (
    players: Players,
    values: JsonObject,
    details: { readonly port: number },
    agent = {},
  ) => {
    const installed = await installWebhook({
      controlPlane,
      dir: players.dir,
      values: { ...values, follow: { enabled: false } },
    })
    players.atEnd(() => uninstall(installed))
    await untilAdmitted(controlPlane, players.manifest('gateway-proxy'), players.mode.sign)
    await kubectl('apply', '-f', players.manifest('gateway-proxy'))
    const gateway = await players.gateway(controlPlane, details, agent)
    await createUpstream(players, gateway)
    return gateway
  }

  /** With a TLS handshake for every request, which is what rotation is about. */
  const createUpstream = async (players: Players, gateway: Gateway) => {
    await kubectl('create', '-f', players.manifest('upstream'))
    const spec = { connectionConfig: { maxRequestsPerConnection: 1 } }
    const patch = JSON.stringify({ spec: isOld(players.mode) ? { upstreamSpec: spec } : spec })
    await kubectl('patch', ...UPSTREAM_REF, '--type=merge', '-p', patch)
    while (!(await gateway.hasCluster())) await sleep(50)
  }

  for (const mode of modes)
    t.test(`${mode.name}, Gloo ${mode.gloo} and Istio ${mode.istio}`, async t => {
      const players = new Players(join(dir, mode.name), mode)
      t.teardown(() => players.end())
      const issuer = await players.issuer(controlPlane, mesh.authority)
      const gateway = await play(players, await players.values(issuer), mesh.details, AGENT)
      const { url, pod } = gateway
      t.equal(await statusOf(url, 503), 503, 'without a certificate')
      await kubectl('annotate', ...UPSTREAM_REF, ...ASKED)
      const answer = await askUntil(url, ({ status }) => status === 200)
      const identity = `spiffe://cluster.local/ns/${NAMESPACE}/sa/${serviceAccountOf(mode)}`
      t.match(answer, { status: 200, identity })

      await t.test('a workload of another name is not talked to', async t => {
        await kubectl('annotate', ...UPSTREAM_REF, `${SANS}=spiffe://cluster.local/ns/x/sa/y`)
        t.equal(await statusOf(url, 503), 503)
        t.ok((await gateway.count('ssl.fail_verify_san')) > 0, 'Envoy says why')
        await kubectl(
          'annotate',
          ...UPSTREAM_REF,
          `${SANS}=spiffe://cluster.local/ns/default/sa/default`,
          '--overwrite',
        )
        t.equal(await statusOf(url, 200), 200)
      })

      const rotate = async () => {
        await issuer.rotate?.()
        await pod.sync()
      }

      if (mode.name === 'citadel-files')
        await t.test('Envoy keeps the certificate that it read first', async t => {
          const { serial } = await ask(url)
          await rotate()
          const file = `/etc/certs/${MESH.namespace}/${MESH.name}/cert-chain.pem`
          const fresh = new X509Certificate(
            readFileSync(join(pod.container('gateway-proxy').root, file)),
          )
          t.not(fresh.serialNumber, serial, 'the file is new')
          const answers = await flow(url, serial, 100)
          t.equal(countNotOk(answers), 0, `none of ${answers.length} requests failed`)
          t.strictSame([...new Set(answers.map(each => each.serial))], [serial])
        })
      else
        await t.test('a new certificate is taken without losing a request', async t => {
          const { serial } = await ask(url)
          const before = await gateway.count('ssl.handshake')
          const flowing = flow(url, serial)
          await rotate()
          const answers = await flowing
          t.equal(countNotOk(answers), 0, `none of ${answers.length} requests failed`)
          t.not(answers.at(-1)?.serial, serial, 'the workload sees it')
          // A restart would have counted from nothing.
          const handshakes = (await gateway.count('ssl.handshake')) - before
          t.ok(handshakes >= answers.length, 'each had a connection of its own, by the same Envoy')
        })
    })

  t.test('three meshes in one gateway, each in its own way', async t => {
    const players = new Players(join(dir, 'three'), modeNamed('agent-socket'))
    const old = new Players(join(dir, 'old'), modeNamed('citadel-sds'))
    t.teardown(() => players.end())
    t.teardown(() => old.end())
    const elsewhere = await old.mesh('old.example.com')
    await old.issuer(controlPlane, elsewhere.authority)
    const istiod = (await players.issuer(controlPlane, mesh.authority)).values
    const of = { namespace: 'meshes', istioVersion: '1.22.3', ...istiod }
    const meshes = [
      {
        ...of,
        name: 'old',
        istioVersion: '1.4.10',
        mode: 'citadel-sds',
        sdsPort: await freePort(),
      },
      { ...of, name: 'files', mode: 'istio-agent', sdsPort: await freePort() },
      { ...of, name: 'socket', mode: 'agent-socket' },
    ]
    const details = { port: elsewhere.details.port }
    const { url } = await play(players, { gloo: { version: '1.17.3' }, meshes }, details)
    const account = `ns/${NAMESPACE}/sa/gateway-proxy`

    const callBy = async (name: string) => {
      const annotations = ['gloo-istio.io/mtls=enabled', `gloo-istio.io/mesh=meshes.${name}`]
      await kubectl('annotate', ...UPSTREAM_REF, '--overwrite', ...annotations)
      return askUntil(url, ({ status }) => status === 200)
    }
    const first = await callBy('old')
    t.match(first, { status: 200, identity: `spiffe://old.example.com/${account}` })
    details.port = mesh.details.port
    t.equal(
      await statusOf(url, 503),
      503,
      'a workload of another mesh takes no certificate of this',
    )
    const second = await callBy('files')
    t.match(second, { status: 200, identity: `spiffe://cluster.local/${account}` })
    await kubectl('annotate', ...UPSTREAM_REF, '--overwrite', 'gloo-istio.io/mesh=meshes.socket')
    const third = await askUntil(
      url,
      ({ status, serial }) => status === 200 && serial !== second.serial,
    )
    t.match(third, { status: 200, identity: `spiffe://cluster.local/${account}` })
    t.not(third.serial, second.serial, 'each agent has a certificate of its own')
  })
}
