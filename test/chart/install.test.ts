import { writeFileSync } from 'node:fs'
import { t } from 'tap'
import { field, fieldAt, items } from '../../src/core/json.ts'
import { must } from '../demo/stage.ts'
import { run } from '../parts/command.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { requirePart, skipUnless } from '../parts/parts.ts'
import { startHookRunner } from '../stand-ins/hook-runner.ts'
import { chart, oneMesh, template, valueSets } from './chart.ts'

const skip = skipUnless('helm', 'kubernetes', 'kubectl')

await t.test('on a real API server', { skip }, async t => {
  const gvisor = {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'gvisor' },
    handler: 'gvisor',
  }
  const dir = t.testdir({ identities: {}, 'runtime-class.json': JSON.stringify(gvisor) })
  const cluster = await startControlPlane({ dir: `${dir}/cluster` })
  t.teardown(() => cluster.stop())
  const helm = async (...args: readonly string[]) => {
    const { stderr, code } = await run({
      file: requirePart('helm').helm,
      args: [...args, '--namespace=mesh', `--kubeconfig=${cluster.kubeconfig}`],
    })
    if (code !== 0) throw new Error(stderr)
  }
  // Where one set of values or another has objects.
  for (const name of ['mesh', 'gateways', 'staging'])
    await must(cluster, 'create', 'namespace', name)
  const restricted = 'pod-security.kubernetes.io/warn=restricted'
  await must(cluster, 'label', 'namespaces', 'mesh', 'gateways', restricted)
  // Of a Pod the API server wants to know these, even where nothing is stored.
  await must(cluster, 'create', '--filename', `${dir}/runtime-class.json`)
  for (const name of ['mesh', 'gateways'])
    await must(cluster, 'create', 'serviceaccount', 'edge-gloo-istio-check', `--namespace=${name}`)
  const sets = oneMesh.map(assignment => `--set=${assignment}`)

  for (const values of valueSets)
    await t.test(`knows every field of ${values}, and the pod is a restricted one`, async t => {
      const file = `${dir}/${values}.yaml`
      writeFileSync(file, (await template({ values })).stdout)
      const strict = ['--server-side', '--dry-run=server', '--validate=strict']
      const { stderr, code } = await cluster.kubectl('apply', ...strict, '--filename', file)
      t.equal(code, 0)
      // A pod in the network of its node is what that standard is against.
      if (values === 'host-network') t.match(stderr, /^(Warning: [^;]* host namespaces [^;]*\n?)*$/)
      else t.equal(stderr, '')
    })

  await helm('install', 'edge', chart, ...sets)

  const account = 'system:serviceaccount:mesh:edge-gloo-istio'
  /** `patch apps/deployments`, in a namespace, of a name. */
  const may = async (right: string, namespace = '', name = '') => {
    const [verb, group, resource] = right.split(/[ /]/)
    const resourceAttributes = { verb, group, resource, namespace, name }
    const file = `${dir}/review.json`
    writeFileSync(file, JSON.stringify({ spec: { user: account, resourceAttributes } }))
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
    const { stdout } = await cluster.kubectl('create', '--raw', path, '--filename', file)
    return fieldAt(JSON.parse(stdout), 'status', 'allowed')
  }

  const registrations = 'admissionregistration.k8s.io/mutatingwebhookconfigurations'
  for (const [right, namespace, name, answer] of [
    [`get ${registrations}`, '', 'edge-gloo-istio.mesh', true],
    [`patch ${registrations}`, '', 'edge-gloo-istio.mesh', true],
    [`delete ${registrations}`, '', 'edge-gloo-istio.mesh', false],
    [`patch ${registrations}`, '', 'other', false],
    [`watch ${registrations}`, '', 'edge-gloo-istio.mesh', true],
    [`list ${registrations}`, '', '', false],
    ['watch /secrets', 'mesh', 'edge-gloo-istio-authority', true],
    ['update /secrets', 'mesh', 'edge-gloo-istio-authority', true],
    ['get /secrets', 'mesh', 'other', false],
    ['list /secrets', 'mesh', '', false],
    ['create /secrets', 'mesh', '', true],
    ['create /secrets', 'kube-system', '', false],
    ['watch /pods', '', '', true],
    ['patch /pods', 'mesh', '', false],
    ['watch gloo.solo.io/settings', '', '', true],
    ['patch gloo.solo.io/settings', 'gloo-system', '', false],
    ['patch gloo.solo.io/upstreams', 'gloo-system', '', true],
    ['update gloo.solo.io/upstreams', 'gloo-system', '', false],
    ['patch apps/deployments', 'gloo-system', '', true],
    ['create apps/deployments', 'gloo-system', '', false],
    ['patch /configmaps', 'gloo-system', '', false],
    ['create /events', 'gloo-system', '', true],
    ['create coordination.k8s.io/leases', 'mesh', '', true],
    ['update coordination.k8s.io/leases', 'mesh', 'edge-gloo-istio', true],
    ['update coordination.k8s.io/leases', 'mesh', 'other', false],
    ['create coordination.k8s.io/leases', 'kube-system', '', false],
  ] as const)
    await t.test(`may the process ${right} ${namespace} ${name}: ${answer}`, async t => {
      t.equal(await may(right, namespace, name), answer)
    })

  for (const [title, query, code] of [
    ['of a control plane', '?fieldSelector=metadata.name%3Distio', 0],
    [
      'of a control plane, as they change',
      '?fieldSelector=metadata.name%3Distio&watch=true&timeoutSeconds=1',
      0,
    ],
    ['of another name', '?fieldSelector=metadata.name%3Dother', 1],
    ['of any name', '', 1],
  ] as const)
    await t.test(`lists ConfigMaps ${title}: ${code === 0 ? 'yes' : 'no'}`, async t => {
      const path = `/api/v1/namespaces/istio-system/configmaps${query}`
      const asked = await cluster.kubectl('get', '--raw', path, `--as=${account}`)
      t.equal(asked.code, code, asked.stderr)
      if (code !== 0) t.match(asked.stderr, /orbidden/)
    })

  await t.test('takes over and gives back rights as values change', async t => {
    await helm('upgrade', 'edge', chart, ...sets, '--set=reconcile.bootstraps=true')
    t.equal(await may('patch /configmaps', 'kube-system'), true)
    await helm('upgrade', 'edge', chart, ...sets, '--set=follow.enabled=false')
    t.equal(await may('patch /configmaps', 'kube-system'), false)
    t.equal(await may('list /pods'), false)
    t.equal(await may('get coordination.k8s.io/leases', 'mesh', 'edge-gloo-istio'), false)
    await helm('upgrade', 'edge', chart, ...sets)
  })

  await t.test('an upgrade keeps the authority that the process published', async t => {
    const caBundle = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64')
    const name = 'edge-gloo-istio.mesh'
    const webhooks = ['upstreams', 'workloads', 'bootstraps'].map(webhook => ({
      name: `${webhook}.gloo-istio.io`,
      clientConfig: { caBundle },
    }))
    const patch = JSON.stringify({ webhooks })
    const target = ['mutatingwebhookconfiguration', name]
    const patched = await cluster.kubectl('patch', ...target, '--type=strategic', '-p', patch)
    t.equal(patched.code, 0, patched.stderr)
    await helm('upgrade', 'edge', chart, ...sets, '--set=webhook.timeoutSeconds=9')
    const { stdout } = await cluster.kubectl('get', ...target, '-o', 'json')
    const found = items(field(JSON.parse(stdout), 'webhooks'))
    t.same(
      found.map(webhook => field(webhook, 'timeoutSeconds')),
      [9, 9, 9],
    )
    t.same(
      found.map(webhook => fieldAt(webhook, 'clientConfig', 'caBundle')),
      [caBundle, caBundle, caBundle],
    )
  })

  await t.test('an uninstall leaves nothing', async t => {
    const hooks = startHookRunner({ controlPlane: cluster, dir: `${dir}/identities` })
    t.teardown(() => hooks.stop())
    await helm('uninstall', 'edge')
    const kinds =
      'mutatingwebhookconfigurations,deployments,services,serviceaccounts,configmaps,secrets'
    const label = '-lapp.kubernetes.io/instance=edge'
    const { stdout } = await cluster.kubectl('get', kinds, '-A', label, '-o', 'name')
    t.equal(stdout, '')
    const roles = await cluster.kubectl(
      'get',
      'clusterroles,clusterrolebindings,roles,rolebindings',
      '-A',
      label,
      '-o',
      'name',
    )
    t.equal(roles.stdout, '')
  })
})
