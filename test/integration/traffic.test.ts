import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { createMeshAuthority } from '../../certs/mesh.ts'
import { fieldAt, items } from '../../src/core/json.ts'
import { modeNamed } from '../demo/modes.ts'
import { Players } from '../demo/players.ts'
import { must, NAMESPACE, startCluster, UPSTREAM, untilAdmitted } from '../demo/stage.ts'
import { connectTo, eventually, pod, service } from '../harness/live.ts'
import { skipUnless } from '../parts/parts.ts'
import { installWebhook } from '../parts/webhook.ts'
import { startDetails } from '../stand-ins/details.ts'

// Workloads in PERMISSIVE mode take plain text and mutual TLS: whatever is switched, no request is lost.
const ROUNDS = 4

const skip = skipUnless('kubernetes', 'kubectl', 'helm', 'envoy')
if (skip) {
  t.test('no request is lost', { skip }, async () => {})
} else {
  // Paths of Unix sockets are short, those of tap's own folders are not.
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-traffic-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const players = new Players(dir, modeNamed('citadel-files'))
  t.teardown(() => players.end())
  const controlPlane = await startCluster(join(dir, 'control-plane'))
  players.atEnd(() => controlPlane.stop())
  const live = connectTo(controlPlane)
  players.atEnd(() => live.api.close())
  const kubectl = (...args: string[]) => must(controlPlane, ...args)

  const mesh = await createMeshAuthority('cluster.local', new Date())
  const detailsOf = async (serviceAccount: string) => {
    const details = await startDetails(mesh, { isPermissive: true, serviceAccount })
    players.atEnd(details.close)
    return details.port
  }
  /** Where Gloo leads requests to now. */
  const endpoint = { port: await detailsOf('one') }
  for (const account of ['one', 'two']) await kubectl('create', 'serviceaccount', account)
  await live.create(service('default', 'details'))
  await live.create(pod('default', 'details', { podName: 'one', serviceAccount: 'one' }))

  const issuer = await players.issuer(controlPlane, mesh)
  const values = await players.values(issuer)
  const installed = await installWebhook({ controlPlane, dir, values })
  players.atEnd(() => installed.stop())
  const manifest = players.manifest('gateway-proxy')
  await untilAdmitted(controlPlane, manifest, players.mode.sign)
  await kubectl('apply', '-f', manifest)
  const gateway = await players.gateway(controlPlane, endpoint)
  await kubectl('create', '-f', players.manifest('upstream'))
  // With a connection for every request, so that each shows how the Upstream stands.
  const patch = { spec: { upstreamSpec: { connectionConfig: { maxRequestsPerConnection: 1 } } } }
  await live.patch('Upstream', NAMESPACE, UPSTREAM, patch)
  await eventually('Envoy knows the Upstream', () => gateway.hasCluster())

  const ask = async () => {
    const response = await fetch(`${gateway.url}/details/1`, { headers: { connection: 'close' } })
    await response.text()
    return { status: response.status, isMutual: response.headers.has('x-client-identity') }
  }
  const isMutual = async () => (await ask()).isMutual

  /** Requests without a pause while something goes on; answers those that were lost, of how many. */
  const during = async (work: () => Promise<void>) => {
    let [going, count] = [true, 0]
    const lost: number[] = []
    const flow = (async () => {
      while (going) {
        const { status } = await ask()
        count++
        if (status !== 200) lost.push(status)
        await sleep(1)
      }
    })()
    await work().finally(() => {
      going = false
    })
    await flow
    return { lost, count }
  }

  const label = (name: string, value: string | null) =>
    live.label('default', { [`gloo-istio.io/${name}`]: value })

  await eventually('requests get through', async () => (await ask()).status === 200)

  t.test('when a namespace is labelled and unlabelled, again and again', async t => {
    const { lost, count } = await during(async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await label('mtls', 'enabled')
        await eventually('it is mutual TLS', isMutual)
        await label('mtls', null)
        await eventually('it is plain text', async () => !(await isMutual()))
      }
    })
    t.comment(`${count} requests`)
    t.strictSame(lost, [])
    t.ok(count > 100, `${count} requests`)
  })

  t.test(
    'when the workload moves to another ServiceAccount, and identities are verified',
    async t => {
      await label('mtls', 'enabled')
      await label('verify-identity', 'enabled')
      const upstream = () => live.get('Upstream', NAMESPACE, UPSTREAM)
      const names = async () =>
        items(
          fieldAt(await upstream(), 'spec', 'upstreamSpec', 'sslConfig', 'verifySubjectAltName'),
        )
      const name = (account: string) => `spiffe://cluster.local/ns/default/sa/${account}`
      await eventually('one is verified', async () => (await names()).join() === name('one'))
      await eventually('it is mutual TLS', isMutual)
      const { lost, count } = await during(async () => {
        await live.create(pod('default', 'details', { podName: 'two', serviceAccount: 'two' }))
        await eventually('both are accepted', async () => (await names()).length === 2)
        // As long as a pod takes at least until it is ready, and Gloo leads requests to it.
        await sleep(1_000)
        endpoint.port = await detailsOf('two')
        await sleep(1_000)
        await live.remove('Pod', 'default', 'one')
        await eventually(
          'the old name is gone',
          async () => (await names()).join() === name('two'),
          45,
        )
        await sleep(1_000)
      })
      t.comment(`${count} requests`)
      t.strictSame(lost, [])
      t.ok(await isMutual())
    },
  )

  t.test('a name that is not accepted would have lost them', async t => {
    endpoint.port = await detailsOf('one')
    await eventually('requests are refused', async () => (await ask()).status === 503)
    t.equal((await ask()).status, 503)
  })
}
