import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { fieldAt, items } from '../../src/core/json.ts'
import { eventually } from '../harness/live.ts'
import { askFor, startTraffic } from './mesh/client.ts'
import { RENEWAL_SECONDS } from './mesh/images.ts'
import { failedRequests, gatewayPods, sslConfigNow, untilInjected } from './mesh/looks.ts'
import { install } from './mesh/release.ts'
import { GLOO_SYSTEM, MESHED, setStage, skipWithoutMesh, UPSTREAM } from './mesh/stage.ts'
import { startWrites } from './mesh/writes.ts'
import { RELEASE, SELECTOR } from './release.ts'

const VERIFY = 'gloo-istio.io/verify-identity'
const CONTAINERS = ['gateway-proxy', 'sds', 'istio-proxy']
/** One for every request, which is what new certificates are about. */
const HANDSHAKES = JSON.stringify({ spec: { connectionConfig: { maxRequestsPerConnection: 1 } } })
/** As long as an API server and its controllers are away when they move, or are upgraded. */
const AWAY_MS = 5_000
const RECOVERY_SECONDS = 60

const skip = await skipWithoutMesh()
if (skip) {
  t.test('trouble under load, with pods', { skip }, async () => {})
} else {
  const stage = await setStage(t)
  const { must, gateway, cluster, kubeConfig, rolledOut } = stage
  await install(stage, { webhook: { failurePolicy: 'Fail' } })
  await untilInjected(stage, CONTAINERS)
  const handshakes = ['patch', 'upstream', UPSTREAM, '-n', GLOO_SYSTEM, '--type=merge']
  // Pods are ready before kube-proxy leads to them, and nothing was written until now.
  await eventually(
    'the API server reaches the webhook',
    async () => (await must(...handshakes, '-p', HANDSHAKES)) !== '',
    RECOVERY_SECONDS,
  )
  await must('label', 'namespace', MESHED, 'gloo-istio.io/mtls=enabled')
  t.equal((await askFor(gateway, 200)).status, 200)
  const traffic = startTraffic(gateway)
  t.teardown(() => traffic.stop())
  const [began, first] = [Date.now(), traffic.serials().length]

  /** When each part began: what failed is told by its time. */
  const parts: string[] = []
  t.beforeEach(({ name }) => void parts.push(`${new Date().toISOString()} ${name}`))

  const namesAsked = async () =>
    items(fieldAt(await sslConfigNow(stage), 'verifySubjectAltName')).length
  const verify = (isOn: boolean) =>
    must('label', 'namespace', MESHED, isOn ? `${VERIFY}=enabled` : `${VERIFY}-`)

  t.test('a rollout of the webhook: no write fails, and none is missed', async t => {
    const writes = startWrites(kubeConfig, 'rollout')
    await must('rollout', 'restart', `deployment/${RELEASE}`, '-n', RELEASE)
    await rolledOut(RELEASE, RELEASE)
    await writes.stop()
    t.strictSame(writes.failures(), [], `${writes.stored()} writes were taken`)
    t.strictSame(writes.plain(), [])
  })

  t.test('all of the webhook gone at once, under Fail: nothing is stored as it came', async t => {
    const writes = startWrites(kubeConfig, 'gone')
    await eventually('one is written', async () => writes.stored() > 0)
    await must('delete', 'pods', '-n', RELEASE, '-l', SELECTOR, '--force', '--grace-period=0')
    await eventually('a write fails', async () => writes.failures().length > 0, RECOVERY_SECONDS)
    const failed = Date.now()
    await eventually('it recovers by itself', async () => writes.last() > failed, RECOVERY_SECONDS)
    const seconds = (writes.last() - (writes.failures()[0]?.at ?? 0)) / 1000
    await writes.stop()
    t.strictSame(
      writes.plain(),
      [],
      `${writes.stored()} were taken, ${writes.failures().length} refused`,
    )
    t.comment(`writes went through again after ${seconds.toFixed(1)} s`)
    await rolledOut(RELEASE, RELEASE)
  })

  const { node } = cluster
  const whyNot =
    node === undefined &&
    'needs a node of its own, whose control plane may be halted: unset KUBECONFIG'
  t.test('the control plane is away and comes back: traffic goes on', { skip: whyNot }, async t => {
    await node?.haltControlPlane()
    const before = traffic.count()
    await sleep(AWAY_MS)
    await node?.resumeControlPlane()
    t.ok(traffic.count() > before, `${traffic.count() - before} requests meanwhile`)
    await verify(true)
    await eventually(
      'the webhook catches up',
      async () => (await namesAsked()) > 0,
      RECOVERY_SECONDS,
    )
    await verify(false)
    await eventually('and goes on', async () => (await namesAsked()) === 0, RECOVERY_SECONDS)
  })

  t.test('from one gateway to three, while labels change: each gets all', async t => {
    const writes = startWrites(kubeConfig, 'scaled')
    await must('scale', 'deployment/gateway-proxy', '-n', GLOO_SYSTEM, '--replicas=3')
    const scaled = rolledOut(GLOO_SYSTEM, 'gateway-proxy').then(() => true)
    let isOn = false
    do {
      isOn = !isOn
      await verify(isOn)
    } while (!(await Promise.race([scaled, sleep(500, false)])))
    await writes.stop()
    t.strictSame(writes.failures(), [])
    t.strictSame(writes.plain(), [], `of ${writes.stored()}`)
    await verify(false)
    await eventually('the last label counts', async () => (await namesAsked()) === 0)
    const pods = await gatewayPods(stage)
    t.strictSame(
      pods.map(({ containers }) => containers),
      [CONTAINERS, CONTAINERS, CONTAINERS],
    )
    for (const { name, url } of pods) t.equal((await askFor(url, 200)).status, 200, name)
  })

  t.test('certificates were renewed meanwhile, and no request failed', async t => {
    const left = began + 2 * RENEWAL_SECONDS * 1000 - Date.now()
    if (left > 0) await sleep(left)
    await traffic.stop()
    t.ok(traffic.serials().length > first + 1, `${traffic.serials().length} certificates were seen`)
    const logged = traffic.failures().length > 0 ? await failedRequests(stage) : []
    t.strictSame(traffic.failures(), [], `${traffic.count()} requests`, { parts, logged })
  })
}
