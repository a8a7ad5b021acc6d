import { type Test, t } from 'tap'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import { startWriter } from '../harness/writer.ts'
import { requireCluster, skipWithoutCluster } from './cluster.ts'
import { CHART, helmOn, makeRoom, must, RELEASE, valuesFor } from './release.ts'
import { describe, type Spent, spentOver } from './usage.ts'

const SECONDS = 30

/** As the chart has them: `50m` and `128Mi`. */
const requestsOf = (deployment: unknown) => {
  const [container] = items(fieldAt(deployment, 'spec', 'template', 'spec', 'containers'))
  const asked = (what: string) =>
    Number.parseInt(textAt(container, 'resources', 'requests', what), 10)
  return { milliCpu: asked('cpu'), mebibytes: asked('memory') }
}

const total = (pods: readonly Spent[]): number => pods.reduce((sum, pod) => sum + pod.cpuSeconds, 0)

const measure = async (t: Test): Promise<void> => {
  const cluster = requireCluster()
  await makeRoom(t, cluster)
  await helmOn(cluster)('install', CHART, '--wait', ...valuesFor(cluster))
  const shown = ['get', 'deployment', RELEASE, '-n', RELEASE, '-o', 'json']
  const requests = requestsOf(JSON.parse(await must(cluster.kubectl, ...shown)))
  t.comment(`requested: ${requests.milliCpu}m CPU, ${requests.mebibytes} MiB`)

  await t.test('at rest a pod takes no more than the chart requests', async t => {
    for (const pod of await spentOver(cluster, RELEASE, SECONDS)) {
      t.comment(describe(pod))
      t.ok(pod.milliCpu <= requests.milliCpu)
      t.ok(pod.workingSet <= requests.mebibytes)
    }
  })

  await t.test('nor does it take more memory while Upstreams are written', async t => {
    const writer = startWriter({ kubeconfig: cluster.kubeconfig })
    const pods = await spentOver(cluster, RELEASE, SECONDS)
    const { written, uninjected, failed } = await writer.stop()
    const each = (1000 * total(pods)) / written
    t.comment(`${written} writes, ${each.toFixed(1)} ms of CPU for each`)
    for (const pod of pods) {
      t.comment(describe(pod))
      t.ok(pod.workingSet <= requests.mebibytes)
    }
    t.strictSame([uninjected, [...failed]], [[], []])
  })
}

t.test('what a pod takes', { skip: skipWithoutCluster() }, measure)
