import { t } from 'tap'
import { isRolledOut, sinceTemplateOf, wantedPods } from '../../src/core/rollout.ts'
import { trim } from '../../src/core/trim.ts'
import type { JsonObject } from '../../src/core/types.ts'

// What of each kind: spec | status | how many pods are wanted
const wanted: readonly [string, JsonObject, JsonObject, number][] = [
  ['Deployment', {}, {}, 1],
  ['Deployment', { replicas: 3 }, {}, 3],
  ['Deployment', { replicas: 0 }, { replicas: 2 }, 0],
  ['Deployment', { replicas: 'many' }, {}, 0],
  ['DaemonSet', { replicas: 3 }, {}, 0],
  ['DaemonSet', {}, { desiredNumberScheduled: 2 }, 2],
]
for (const [kind, spec, status, pods] of wanted)
  t.test(`${kind} ${JSON.stringify(spec)} ${JSON.stringify(status)} wants ${pods} pods`, async t =>
    t.equal(wantedPods({ kind, spec, status }), pods),
  )

const deployment = (replicas: number, status: unknown): JsonObject => ({
  kind: 'Deployment',
  metadata: { generation: 2 },
  spec: { replicas },
  status,
})
const daemonSet = (status: unknown): JsonObject => ({
  kind: 'DaemonSet',
  metadata: { generation: 2 },
  status,
})
const up = (pods: number) => ({
  observedGeneration: 2,
  replicas: pods,
  updatedReplicas: pods,
  availableReplicas: pods,
})
const progressing = (reason: string) => ({
  conditions: [
    { type: 'Available', reason: 'MinimumReplicasAvailable' },
    { type: 'Progressing', reason },
  ],
})
const COMPLETE = progressing('NewReplicaSetAvailable')
const scheduled = (wanted: number, updated: number, available: number) => ({
  observedGeneration: 2,
  desiredNumberScheduled: wanted,
  updatedNumberScheduled: updated,
  numberAvailable: available,
})

// workload | whether its rollout is finished
const workloads: readonly [string, JsonObject, boolean][] = [
  ['whose pods are all new and up', deployment(2, up(2)), true],
  ['without pods', deployment(0, up(0)), true],
  [
    'whose controller has not looked yet',
    deployment(2, { ...up(2), observedGeneration: 1 }),
    false,
  ],
  ['of which a pod is not made yet', deployment(3, up(2)), false],
  ['of which a pod is still old', deployment(2, { ...up(2), replicas: 3 }), false],
  ['of which a new pod is not up', deployment(2, { ...up(2), availableReplicas: 1 }), false],
  ['that is scaled up, and was complete', deployment(3, { ...up(1), ...COMPLETE }), true],
  [
    'of which a pod fails, and was complete',
    deployment(2, { ...up(2), availableReplicas: 1, ...COMPLETE }),
    true,
  ],
  [
    'of which a pod is still old, whatever it was',
    deployment(2, { ...up(2), replicas: 3, ...COMPLETE }),
    false,
  ],
  [
    'of which no new pod was up yet',
    deployment(2, { ...up(2), availableReplicas: 1, ...progressing('ReplicaSetUpdated') }),
    false,
  ],
  ['without a status', deployment(1, undefined), false],
  ['on each node', daemonSet(scheduled(2, 2, 2)), true],
  ['on no node', daemonSet(scheduled(0, 0, 0)), true],
  ['on each node, not looked at yet', daemonSet({ observedGeneration: 1 }), false],
  ['on each node, one of them old', daemonSet(scheduled(2, 1, 2)), false],
  ['on each node, one of them down', daemonSet(scheduled(2, 2, 1)), false],
]
for (const [title, workload, expected] of workloads)
  t.test(`a workload ${title} is ${expected ? '' : 'not '}rolled out`, async t => {
    t.equal(isRolledOut(workload), expected)
    const collection = workload['kind'] === 'DaemonSet' ? 'daemonSets' : 'deployments'
    t.equal(isRolledOut(trim(collection, workload)), expected, 'as it is kept in memory')
  })

t.test('a workload that counts no generations is as far as its numbers say', async t => {
  const { metadata: _, ...uncounted } = deployment(1, { ...up(1), observedGeneration: undefined })
  t.ok(isRolledOut(uncounted))
})

t.test('a workload is of the generation that brought its template', async t => {
  const workload = (generation: number, image: string, replicas: number): JsonObject => ({
    ...deployment(replicas, up(1)),
    metadata: { name: 'gateway-proxy', generation },
    spec: { replicas, template: { spec: { containers: [{ image }] } } },
  })
  const first = workload(2, 'envoy:1', 1)
  const scaled = workload(3, 'envoy:1', 2)
  const changed = workload(3, 'envoy:2', 1)
  t.equal(sinceTemplateOf(undefined, first), first)
  t.strictSame(sinceTemplateOf(first, scaled), workload(2, 'envoy:1', 2))
  t.equal(sinceTemplateOf(first, changed), changed)
})
