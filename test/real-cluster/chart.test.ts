import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, t } from 'tap'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import { eventually } from '../harness/live.ts'
import { annotated } from '../harness/writer.ts'
import { requireCluster, skipWithoutCluster } from './cluster.ts'
import { inventory } from './inventory.ts'
import { CHART, helmOn, makeRoom, must, RELEASE, SELECTOR, valuesFor } from './release.ts'

/** Longer than a process takes to drain. */
const SECONDS_TO_GO = 60

const live = async (t: Test): Promise<void> => {
  const cluster = requireCluster()
  const { kubectl } = cluster
  const helm = helmOn(cluster)
  const dir = t.testdir({})
  const values = valuesFor(cluster)
  const get = async (...what: string[]) =>
    JSON.parse(await must(kubectl, 'get', ...what, '-o', 'json')) as unknown
  const pods = async () => items(fieldAt(await get('pods', '-n', RELEASE, '-l', SELECTOR), 'items'))
  const names = async () => (await pods()).map(pod => textAt(pod, 'metadata', 'name'))
  const configuration = () => get('mutatingwebhookconfiguration', `${RELEASE}.${RELEASE}`)
  const timeouts = async () =>
    items(fieldAt(await configuration(), 'webhooks')).map(webhook =>
      fieldAt(webhook, 'timeoutSeconds'),
    )
  const reviews = async (): Promise<number> => {
    const texts = await Promise.all(
      (await names()).map(name => {
        const path = `/api/v1/namespaces/${RELEASE}/pods/${name}:9090/proxy/metrics`
        return must(kubectl, 'get', '--raw', path)
      }),
    )
    const counts = texts.join('\n').matchAll(/^gloo_istio_reviews_total\{.*\} (\d+)$/gm)
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
  }
  /** What the API server keeps of an Upstream that asks for mutual TLS. */
  const written = async (name: string) => {
    const file = join(dir, `${name}.json`)
    writeFileSync(file, JSON.stringify(annotated(name)))
    return JSON.parse(await must(kubectl, 'create', '-f', file, '-o', 'json')) as unknown
  }

  await makeRoom(t, cluster)
  const isFurnished = async () =>
    (await inventory(cluster)).filter(name =>
      /(ConfigMap|ServiceAccount) (gloo-istio|gloo-system)\//.test(name),
    ).length === 4
  await eventually('the namespaces have what Kubernetes puts into each', isFurnished)
  const before = await inventory(cluster)

  await t.test('a namespace that enforces the restricted standard', async t => {
    const run = ['run', 'any', '--image=localhost/any', `--namespace=${RELEASE}`]
    const { stderr } = await kubectl(...run, '--dry-run=server')
    t.match(stderr, 'violates PodSecurity "restricted')
  })

  await t.test('helm install --wait: two processes, ready', async t => {
    await helm('install', CHART, '--wait', ...values)
    const running = await pods()
    t.equal(running.length, 2)
    for (const pod of running) {
      t.match(fieldAt(pod, 'status'), { phase: 'Running' })
      const [container] = items(fieldAt(pod, 'status', 'containerStatuses'))
      t.match(container, { ready: true, restartCount: 0 })
    }
  })

  await t.test('the disruption budget lets one of them go at a time', async t => {
    const budget = await get('poddisruptionbudget', RELEASE, '-n', RELEASE)
    t.match(fieldAt(budget, 'status'), { currentHealthy: 2, disruptionsAllowed: 1 })
  })

  /** Helm tells no more of it than this; that it asks the processes is seen there. */
  const helmTest = async (t: Test): Promise<void> => {
    const counted = await reviews()
    t.match(await helm('test'), /TEST SUITE: +gloo-istio-check-test\n[\s\S]*Phase: +Succeeded/)
    t.ok((await reviews()) > counted)
  }

  await t.test('helm test', helmTest)

  await t.test('an Upstream is filled by way of the Service', async t => {
    const clientConfigs = items(fieldAt(await configuration(), 'webhooks')).map(webhook =>
      fieldAt(webhook, 'clientConfig'),
    )
    for (const clientConfig of clientConfigs)
      t.match(clientConfig, { service: { namespace: RELEASE, name: RELEASE }, caBundle: String })
    const counted = await reviews()
    t.ok(fieldAt(await written('installed'), 'spec', 'sslConfig'))
    t.ok((await reviews()) > counted)
  })

  /** Until then they are listed, and no longer answer for what they counted. */
  const areGone = (replaced: readonly string[]) =>
    eventually(
      'the pods that were replaced are gone',
      async () => !(await names()).some(name => replaced.includes(name)),
      SECONDS_TO_GO,
    )

  await t.test('helm upgrade --wait', async t => {
    const replaced = await names()
    const set = '--set=webhook.timeoutSeconds=7,logLevel=debug'
    await helm('upgrade', CHART, '--wait', ...values, set)
    t.strictSame(new Set(await timeouts()), new Set([7]))
    t.ok(fieldAt(await written('upgraded'), 'spec', 'sslConfig'))
    await areGone(replaced)
  })

  await t.test('helm rollback --wait', async t => {
    const replaced = await names()
    await helm('rollback', '1', '--wait')
    t.strictSame(new Set(await timeouts()), new Set([5]))
    t.ok(fieldAt(await written('rolled-back'), 'spec', 'sslConfig'))
    await areGone(replaced)
    await helmTest(t)
  })

  await t.test('helm uninstall leaves nothing, and does not stand in the way', async t => {
    await must(kubectl, 'delete', 'upstreams', '--all', '-n', 'gloo-system')
    await helm('uninstall', '--wait')
    await eventually('the last pod is gone', async () => (await pods()).length === 0, SECONDS_TO_GO)
    t.strictSame(await inventory(cluster), before)
    t.notOk(fieldAt(await written('uninstalled'), 'spec', 'sslConfig'))
  })
}

const skip = skipWithoutCluster()
t.test('the chart in a whole cluster', { skip }, live)
