import { t } from 'tap'
import { field, fieldAt, items } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { containerOf, keys, podOf, type Render, render, renderAll } from './chart.ts'

const selector = {
  'app.kubernetes.io/name': 'gloo-istio',
  'app.kubernetes.io/instance': 'edge',
  'app.kubernetes.io/component': 'webhook',
}

const budgetOf = async (options: Render) =>
  field((await render(options)).get('PodDisruptionBudget'), 'spec')

const rolloutOf = async (...set: readonly string[]) =>
  fieldAt((await render({ set })).get('Deployment'), 'spec', 'strategy')

const podOfDeployment = async (options: Render) => podOf(await render(options))

await t.test('the pods', { skip: skipUnless('helm') }, async t => {
  await t.test('are several by default, and no node that is drained takes them all', async t => {
    const objects = await render({})
    t.match(objects.get('Deployment'), { spec: { replicas: 2 } })
    t.same(field(objects.get('PodDisruptionBudget'), 'spec'), {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selector },
    })
  })

  for (const [replicas, isThere] of [
    [0, false],
    [1, false],
    [2, true],
  ] as const)
    await t.test(`have a budget with ${replicas} of them: ${isThere}`, async t => {
      t.equal((await budgetOf({ set: [`replicaCount=${replicas}`] })) !== undefined, isThere)
    })

  await t.test('have the budget that is asked for, or none', async t => {
    t.match(await budgetOf({ values: 'passed-on' }), { maxUnavailable: '40%' })
    t.equal(await budgetOf({ set: ['podDisruptionBudget.enabled=false'] }), undefined)
    t.match((await render({ version: '1.20' })).get('PodDisruptionBudget'), {
      apiVersion: 'policy/v1beta1',
    })
    t.match((await render({ version: '1.21' })).get('PodDisruptionBudget'), {
      apiVersion: 'policy/v1',
    })
  })

  const oneMore = {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
  }
  const oneLess = {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
  }
  const onNodes = ['hostNetwork=true', 'webhook.port=10270']
  for (const [set, strategy] of [
    [[], oneMore],
    [['replicaCount=1'], oneMore],
    [['antiAffinity=hard'], oneLess],
    [['antiAffinity=hard', 'replicaCount=1'], oneMore],
    [onNodes, oneLess],
  ] as const)
    await t.test(`are replaced one by one: ${set.join(' ') || 'by default'}`, async t => {
      t.same(await rolloutOf(...set), strategy)
    })

  const others = { labelSelector: { matchLabels: selector }, topologyKey: 'kubernetes.io/hostname' }
  const soft = {
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: others }],
  }
  const hard = { requiredDuringSchedulingIgnoredDuringExecution: [others] }
  for (const [set, affinity] of [
    [[], { podAntiAffinity: soft }],
    [['antiAffinity=hard'], { podAntiAffinity: hard }],
    [['antiAffinity=off'], undefined],
    [['antiAffinity=false'], undefined],
    [['affinity.nodeAffinity.a=b'], { nodeAffinity: { a: 'b' }, podAntiAffinity: soft }],
    [['affinity.podAntiAffinity.a=b'], { podAntiAffinity: { a: 'b' } }],
  ] as const)
    await t.test(`keep apart: ${set.join(' ') || 'by default'}`, async t => {
      t.same(field(await podOfDeployment({ set }), 'affinity'), affinity)
    })

  await t.test('are spread over zones, or as is asked for', async t => {
    const spreadOf = async (options: Render) =>
      field(await podOfDeployment(options), 'topologySpreadConstraints')
    const zones = {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: selector },
    }
    t.same(await spreadOf({}), [zones])
    t.same(await spreadOf({ values: 'ha' }), [
      zones,
      { ...zones, topologyKey: 'kubernetes.io/hostname' },
    ])
    t.same(await spreadOf({ values: 'passed-on' }), [
      {
        maxSkew: 2,
        topologyKey: 'example.com/rack',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { 'example.com/spread': 'yes' } },
      },
    ])
    t.equal(await spreadOf({ set: ['topologySpreadConstraints=null'] }), undefined)
  })

  await t.test('are asked three different questions', async t => {
    const container = containerOf(await render({}))
    const ask = (path: string) => ({ scheme: 'HTTPS', port: 'https', path })
    t.same(field(container, 'startupProbe'), {
      httpGet: ask('/livez'),
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 60,
    })
    t.same(field(container, 'livenessProbe'), {
      httpGet: ask('/livez'),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    })
    t.same(field(container, 'readinessProbe'), {
      httpGet: ask('/readyz'),
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 2,
    })
  })

  await t.test('listen on ports that a private GKE cluster opens', async t => {
    t.match(field(containerOf(await render({})), 'ports'), [
      { name: 'https', containerPort: 10250 },
      { name: 'metrics', containerPort: 9090 },
    ])
    t.match(field((await render({})).get('Service'), 'spec'), {
      ports: [{ port: 443, targetPort: 'https' }],
    })
  })

  await t.test('run in the network of their nodes where pods cannot be reached', async t => {
    const objects = await render({ values: 'host-network' })
    t.match(podOf(objects), { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' })
    t.match(field(containerOf(objects), 'ports'), [
      { containerPort: 10270 },
      { containerPort: 10271 },
    ])
    const inside = await podOfDeployment({})
    t.equal(field(inside, 'hostNetwork'), undefined)
    t.equal(field(inside, 'dnsPolicy'), undefined)
    const told = await podOfDeployment({ set: [...onNodes, 'dnsPolicy=Default'] })
    t.equal(field(told, 'dnsPolicy'), 'Default')
  })

  await t.test('get everything that is passed on', async t => {
    const objects = await render({ values: 'passed-on' })
    t.match(podOf(objects), {
      terminationGracePeriodSeconds: 60,
      priorityClassName: 'platform',
      hostUsers: false,
      dnsPolicy: 'Default',
      imagePullSecrets: [{ name: 'registry' }, { name: 'global-registry' }],
      volumes: [{ name: 'config' }, { name: 'token' }, { name: 'scratch', emptyDir: {} }],
    })
    t.same(field(podOf(objects), 'securityContext'), {
      runAsNonRoot: true,
      fsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    t.match(containerOf(objects), {
      image: /^mirror\.example\.com\/gloo-istio\/gloo-istio:/,
      lifecycle: { preStop: { exec: { command: ['/bin/true'] } } },
      volumeMounts: [{}, {}, { name: 'scratch', mountPath: '/scratch' }],
      startupProbe: { failureThreshold: 10, periodSeconds: 2 },
      livenessProbe: { timeoutSeconds: 9, periodSeconds: 10 },
      readinessProbe: { periodSeconds: 3, timeoutSeconds: 3 },
    })
    const deployment = objects.get('Deployment')
    t.match(deployment, { metadata: { annotations: { 'example.com/reload': 'true' } } })
    t.match(fieldAt(deployment, 'spec', 'template', 'metadata'), {
      labels: { 'example.com/team': 'gateway', 'sidecar.istio.io/inject': 'true' },
    })
    const sandboxed = await podOfDeployment({ set: ['runtimeClassName=gvisor'] })
    t.equal(field(sandboxed, 'runtimeClassName'), 'gvisor')
    t.match(objects.get('Service'), {
      metadata: { annotations: { 'example.com/expose': 'false' } },
    })
  })

  await t.test('share the users of the node where it cannot be otherwise', async t => {
    const usersOf = async (version: string) =>
      field(await podOfDeployment({ values: 'passed-on', version }), 'hostUsers')
    t.equal(await usersOf('1.24'), undefined)
    t.equal(await usersOf('1.25'), false)
  })

  await t.test('get no sidecar, in old and new ways of saying so', async t => {
    const inject = { 'sidecar.istio.io/inject': 'false' }
    const pods = (await renderAll({ set: ['hooks.postInstallCheck.enabled=true'] })).flatMap(
      object => {
        if (field(object, 'kind') === 'Pod') return [object]
        return ['Deployment', 'Job'].includes(String(field(object, 'kind')))
          ? [fieldAt(object, 'spec', 'template')]
          : []
      },
    )
    t.equal(pods.length, 4)
    for (const pod of pods) t.match(pod, { metadata: { labels: inject, annotations: inject } })
  })
})

await t.test('all objects', { skip: skipUnless('helm') }, async t => {
  await t.test('are in the namespace that is given, and carry the common labels', async t => {
    const set = ['hooks.postInstallCheck.enabled=true', 'networkPolicy.enabled=true']
    const all = await renderAll({ values: 'passed-on', set })
    const ours = all.filter(
      object => !String(fieldAt(object, 'metadata', 'name')).match(/^beside$|-template$/),
    )
    t.ok(ours.length > 18)
    const labels = { 'example.com/team': 'gateway', 'example.com/cost-centre': '42' }
    for (const object of ours) {
      t.match(object, { metadata: { labels } })
      const namespace = fieldAt(object, 'metadata', 'namespace')
      const isCheck = String(fieldAt(object, 'metadata', 'name')).includes('-check.gateways')
      if (namespace !== undefined) t.equal(namespace, isCheck ? 'default' : 'gateways')
    }
    t.same(keys(fieldAt(ours[0], 'metadata', 'labels')).length, 9)
  })

  await t.test('know the namespace that is given by name', async t => {
    const objects = await render({ values: 'passed-on' })
    const args = items(field(containerOf(objects), 'args'))
    for (const flag of [
      '--dns-name=edge-gloo-istio.gateways.svc',
      '--authority-secret=gateways/edge-gloo-istio-authority',
      '--webhook-configuration=edge-gloo-istio.gateways',
      '--lease=gateways/edge-gloo-istio',
    ])
      t.ok(args.includes(flag), flag)
    t.match(objects.get('ClusterRoleBinding'), { subjects: [{ namespace: 'gateways' }] })
  })

  await t.test('are joined by those that the user adds, templates too', async t => {
    const names = (await renderAll({ values: 'passed-on' })).map(object =>
      fieldAt(object, 'metadata', 'name'),
    )
    for (const name of ['beside', 'edge-gloo-istio-template']) t.ok(names.includes(name), name)
  })
})
