import { writeFileSync } from 'node:fs'
import { t } from 'tap'
import { field, fieldAt, items } from '../../src/core/json.ts'
import { run } from '../parts/command.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { requirePart, skipUnless } from '../parts/parts.ts'
import { chart, oneMesh, template, valueSets } from './chart.ts'

const skip = skipUnless('helm', 'kubernetes', 'kubectl')

await t.test('on a real API server', { skip }, async t => {
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'mesh', labels: { 'pod-security.kubernetes.io/warn': 'restricted' } },
  }
  const dir = t.testdir({ 'namespace.json': JSON.stringify(namespace) })
  const cluster = await startControlPlane({ dir: `${dir}/cluster` })
  t.teardown(() => cluster.stop())
  const helm = async (...args: readonly string[]) => {
    const { stderr, code } = await run({
      file: requirePart('helm').helm,
      args: [...args, '--namespace=mesh', `--kubeconfig=${cluster.kubeconfig}`],
    })
    if (code !== 0) throw new Error(stderr)
  }
  await cluster.kubectl('create', '--filename', `${dir}/namespace.json`)
  const sets = oneMesh.map(assignment => `--set=${assignment}`)

  for (const values of valueSets)
    await t.test(`knows every field of ${values}, and the pod is a restricted one`, async t => {
      const file = `${dir}/${values}.yaml`
      writeFileSync(file, (await template({ values })).stdout)
      const strict = ['--dry-run=server', '--validate=strict', '--namespace=mesh']
      const { stderr, code } = await cluster.kubectl('create', ...strict, '--filename', file)
      t.equal(code, 0)
      t.equal(stderr, '')
    })

  await helm('install', 'edge', chart, ...sets)

  await t.test('the process may do what it has to, and no more', async t => {
    const account = '--as=system:serviceaccount:mesh:edge-gloo-istio'
    const may = async (verb: string, ...what: readonly string[]) =>
      (await cluster.kubectl('auth', 'can-i', verb, ...what, account)).stdout.trim()
    const own = 'mutatingwebhookconfigurations/edge-gloo-istio.mesh'
    t.equal(await may('get', own), 'yes')
    t.equal(await may('patch', own), 'yes')
    t.equal(await may('delete', own), 'no')
    t.equal(await may('patch', 'mutatingwebhookconfigurations/other'), 'no')
    t.equal(await may('list', 'mutatingwebhookconfigurations'), 'no')
    t.equal(await may('get', 'secrets', '--namespace=mesh'), 'no')
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
    await helm('uninstall', 'edge')
    const kinds =
      'mutatingwebhookconfigurations,deployments,services,serviceaccounts,configmaps,secrets'
    const label = '-lapp.kubernetes.io/instance=edge'
    const { stdout } = await cluster.kubectl('get', kinds, '-A', label, '-o', 'name')
    t.equal(stdout, '')
    const roles = await cluster.kubectl(
      'get',
      'clusterroles,clusterrolebindings',
      label,
      '-o',
      'name',
    )
    t.equal(roles.stdout, '')
  })
})
