import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { t } from 'tap'
import type { JsonObject } from '../../src/core/types.ts'
import { until } from '../demo/curl.ts'
import { manifest, must } from '../demo/stage.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'
import { startDiscovery } from '../stand-ins/gloo-discovery.ts'

// The stand-in for Gloo's discovery alone, held to what was seen of the real one.
/** Enough for discovery to look, and to put back what it might. */
const TURN_MS = 600
const SETTLE_MS = 3_000

const skip = skipUnless('kubernetes', 'kubectl')
if (skip) {
  t.test('discovery on a real API server', { skip }, async () => {})
} else {
  const dir = t.testdir()
  const audit = { policy: join(dir, 'audit.yaml'), log: join(dir, 'audit.log') }
  writeFileSync(
    audit.policy,
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, resources: [{group: gloo.solo.io}]}]\n',
  )
  const controlPlane = await startControlPlane({
    dir: join(dir, 'control-plane'),
    extraArgs: [`--audit-policy-file=${audit.policy}`, `--audit-log-path=${audit.log}`],
  })
  t.teardown(() => controlPlane.stop())
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  for (const namespace of ['gloo-system', 'gloo-quick', 'gloo-old'])
    await kubectl('create', 'namespace', namespace)
  await kubectl('apply', '-f', manifest('upstream-crd'))
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(controlPlane.kubeconfig)
  let discovery = await startDiscovery({ kubeConfig, reportStatus: true })
  t.teardown(() => discovery.stop())

  const create = async (...objects: readonly JsonObject[]) => {
    const file = join(dir, 'objects.json')
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
    await kubectl('create', '-f', file)
  }

  const service = (name: string, more: JsonObject = {}, ports: readonly number[] = [9080]) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', ...more },
    spec: {
      selector: { app: name },
      ports: ports.map(port => ({ name: `http-${port}`, port })),
    },
  })

  const find = async (name: string, namespace = 'gloo-system') => {
    const out = await kubectl(
      'get',
      'us',
      name,
      '-n',
      namespace,
      '-o',
      'json',
      '--ignore-not-found',
    )
    return out === '' ? undefined : JSON.parse(out)
  }

  /** Sets `sslConfig` as a person does; null takes it away. */
  const setSsl = (name: string, sni: string | null, namespace = 'gloo-system') => {
    const patch = JSON.stringify({ spec: { sslConfig: sni && { sni } } })
    return kubectl('patch', 'us', name, '-n', namespace, '--type=merge', '-p', patch)
  }

  const sniOf = async (name: string, namespace?: string) =>
    (await find(name, namespace))?.spec.sslConfig?.sni

  const untilSni = (name: string, sni: string, namespace?: string) =>
    until(`sni ${sni} of ${name}`, async () => (await sniOf(name, namespace)) === sni)

  const lastWrite = (name: string) =>
    discovery.log().findLast(write => write.name === name && write.by === 'discovery')

  const isReported = async (name: string) => (await find(name))?.status?.state === 1

  /** A Service, whose Upstream is there and has the first `sslConfig` that discovery sees. */
  const discovered = async (name: string) => {
    await create(service(name))
    const upstream = `default-${name}-9080`
    await until(`${upstream} is there`, () => isReported(upstream))
    await setSsl(upstream, 'first.example.com')
    await sleep(TURN_MS)
    return upstream
  }

  t.test('each port of a Service becomes an Upstream', async t => {
    const labels = { app: 'details' }
    await create(service('details', { labels, annotations: { team: 'books' } }, [9080, 9443]))
    await until(
      'both are reported',
      async () =>
        (await isReported('default-details-9080')) && (await isReported('default-details-9443')),
    )
    const { metadata, spec, status } = await find('default-details-9443')
    t.strictSame(metadata.labels, { discovered_by: 'kubernetesplugin' })
    t.strictSame(metadata.annotations, { team: 'books' })
    t.strictSame(spec, {
      discoveryMetadata: { labels },
      kube: {
        selector: labels,
        serviceName: 'details',
        serviceNamespace: 'default',
        servicePort: 9443,
      },
    })
    t.strictSame(status, { reported_by: 'gloo', state: 1 })
  })

  t.test('discovery and Gloo write as their ServiceAccounts', async t => {
    const writers = readFileSync(audit.log, 'utf8')
      .split('\n')
      .filter(line => line.includes('"name":"default-details-9080"'))
      .map(line => JSON.parse(line))
      .filter(({ stage, verb }) => stage === 'ResponseComplete' && verb !== 'get')
      .map(({ verb, impersonatedUser }) => [verb, impersonatedUser?.username])
    t.strictSame(
      new Set(writers.map(String)),
      new Set([
        'create,system:serviceaccount:gloo-system:discovery',
        'update,system:serviceaccount:gloo-system:gloo',
      ]),
    )
  })

  t.test('what Gloo reports moves discovery to nothing', async t => {
    const before = discovery.writes()
    await sleep(SETTLE_MS)
    t.equal(discovery.writes(), before)
  })

  t.test('a rewrite brings the metadata of the Service and keeps the sslConfig', async t => {
    const name = 'default-details-9080'
    await setSsl(name, 'kept.example.com')
    await kubectl('annotate', 'us', name, '-n', 'gloo-system', 'example.com/note=mine')
    await kubectl('label', 'us', name, '-n', 'gloo-system', 'example.com/label=mine')
    await kubectl('annotate', 'service', 'details', 'team=readers', '--overwrite')
    await sleep(SETTLE_MS)
    t.strictSame(
      (await find(name)).metadata.annotations,
      { 'example.com/note': 'mine', team: 'books' },
      'annotations alone are no reason to write',
    )
    await kubectl('label', 'service', 'details', 'version=v2')
    await until(
      'the labels are there',
      async () => (await find(name)).spec.discoveryMetadata.labels.version === 'v2',
    )
    const { metadata, spec } = await find(name)
    t.strictSame(metadata.annotations, { team: 'readers' })
    t.strictSame(metadata.labels, { discovered_by: 'kubernetesplugin' })
    t.strictSame(spec.sslConfig, { sni: 'kept.example.com' })
    await until('Gloo reports anew', () => isReported(name))
    const writers = discovery
      .log()
      .filter(write => write.name === name)
      .slice(-2)
    t.match(writers, [
      { by: 'discovery', verb: 'update' },
      { by: 'gloo', verb: 'update' },
    ])
  })

  t.test('what others make of the sslConfig that was seen first lasts about 2 s', async t => {
    const name = await discovered('held')
    for (const [what, sni] of [
      ['a change', 'other.example.com'],
      ['a removal', null],
    ] as const) {
      await sleep(SETTLE_MS)
      const asked = Date.now()
      await setSsl(name, sni)
      t.equal(await sniOf(name), sni ?? undefined)
      await untilSni(name, 'first.example.com')
      const lasted = Number(lastWrite(name)?.at) - asked
      t.ok(lasted >= 2_000 && lasted < 4_000, `${what}: ${lasted} ms`)
    }
  })

  t.test('how long it lasts is told', async t => {
    const [name, namespace] = ['default-details-9443', 'gloo-quick']
    const quick = await startDiscovery({ kubeConfig, namespace, revertAfterMs: 0 })
    t.teardown(() => quick.stop())
    await until('the Upstream is there', async () => (await find(name, namespace)) !== undefined)
    await setSsl(name, 'first.example.com', namespace)
    await sleep(TURN_MS)
    const asked = Date.now()
    await setSsl(name, null, namespace)
    await untilSni(name, 'first.example.com', namespace)
    const lasted = Number(quick.log().at(-1)?.at) - asked
    t.ok(lasted < 2_000, `${lasted} ms`)
  })

  t.test('after a restart it holds on to what it sees first then', async t => {
    const name = await discovered('restarted')
    await discovery.stop()
    await setSsl(name, 'second.example.com')
    discovery = await startDiscovery({ kubeConfig, reportStatus: true })
    await sleep(SETTLE_MS)
    t.equal(await sniOf(name), 'second.example.com')
    await setSsl(name, null)
    await untilSni(name, 'second.example.com')
    t.match(lastWrite(name), { verb: 'update' })
  })

  t.test('it forgets what it saw first when a Service changes', async t => {
    const name = await discovered('forgotten')
    await setSsl(name, 'second.example.com')
    await kubectl('label', 'service', 'details', 'version=v3', '--overwrite')
    await sleep(SETTLE_MS)
    t.equal(await sniOf(name), 'second.example.com')
  })

  t.test('what is refused is tried again on the next turn', async t => {
    const name = await discovered('refused')
    const role = ['clusterrole', 'gloo-upstreams']
    const { rules } = JSON.parse(await kubectl('get', ...role, '-o', 'json'))
    const allow = (given: unknown) =>
      kubectl('patch', ...role, '--type=merge', '-p', JSON.stringify({ rules: given }))
    const refused = () =>
      readFileSync(audit.log, 'utf8')
        .split('\n')
        .filter(line => line.includes('"code":403') && line.includes(`"name":"${name}"`)).length
    await allow(rules.map((rule: JsonObject) => ({ ...rule, verbs: ['list'] })))
    await sleep(TURN_MS)
    await setSsl(name, null)
    await until('it is refused twice', async () => refused() > 1)
    const before = refused()
    await sleep(1_000)
    t.ok(refused() - before <= 6, 'at the pace of its turns')
    await allow(rules)
    await untilSni(name, 'first.example.com')
  })

  t.test('an Upstream goes with its port, and one that is not discovered stays', async t => {
    const own = await find('default-details-9080')
    const metadata = { name: 'own', namespace: 'gloo-system' }
    await create({ ...own, metadata })
    const ports = JSON.stringify({ spec: { ports: [{ name: 'http-9080', port: 9080 }] } })
    await kubectl('patch', 'service', 'details', '-p', ports, '--type=merge')
    await until('it is gone', async () => (await find('default-details-9443')) === undefined)
    t.match(lastWrite('default-details-9443'), { verb: 'delete' })
    await kubectl('delete', 'service', 'details')
    await until('it is gone', async () => (await find('default-details-9080')) === undefined)
    t.ok(await find('own'))
  })

  t.test(
    'before Gloo 1.0 all is nested, and what is written stays as others change it',
    async t => {
      const namespace = 'gloo-old'
      const old = await startDiscovery({ kubeConfig, namespace, dialect: 'nested' })
      t.teardown(() => old.stop())
      const labels = { app: 'ratings' }
      await create(service('ratings', { labels }))
      const name = 'default-ratings-9080'
      await until('it is there', async () => (await find(name, namespace)) !== undefined)
      const { metadata, spec } = await find(name, namespace)
      t.strictSame(metadata.labels, { ...labels, discovered_by: 'kubernetesplugin' })
      const kube = {
        selector: labels,
        serviceName: 'ratings',
        serviceNamespace: 'default',
        servicePort: 9080,
      }
      t.strictSame(spec, { discoveryMetadata: {}, upstreamSpec: { kube } })
      for (const sslConfig of [{ sni: 'first.example.com' }, { sni: 'second.example.com' }]) {
        const patch = JSON.stringify({ spec: { upstreamSpec: { sslConfig } } })
        await kubectl('patch', 'us', name, '-n', namespace, '--type=merge', '-p', patch)
        await kubectl('label', 'service', 'ratings', `sni=${sslConfig.sni}`, '--overwrite')
        await sleep(SETTLE_MS)
        t.strictSame((await find(name, namespace)).spec.upstreamSpec, { kube, sslConfig })
      }
    },
  )

  t.test('fifty Services are written once and reported once', async t => {
    const before = discovery.log().length
    const names = Array.from({ length: 50 }, (_, index) => `many-${index}`)
    await create(...names.map(name => service(name)))
    const since = () =>
      discovery
        .log()
        .slice(before)
        .filter(write => write.name.includes('-many-'))
    await until('all are reported', async () => since().length >= 100)
    await sleep(SETTLE_MS)
    const count = (by: string, verb: string) =>
      since().filter(write => write.by === by && write.verb === verb).length
    t.equal(count('discovery', 'create'), 50)
    t.equal(count('gloo', 'update'), 50)
    t.equal(since().length, 100)
  })

  t.test('a write that leaves all as it was is not made again', async t => {
    const name = await discovered('corrected')
    const meta = { name: 'no-ssl-of-discovery' }
    const apiVersion = 'admissionregistration.k8s.io/v1'
    await create(
      {
        apiVersion,
        kind: 'MutatingAdmissionPolicy',
        metadata: meta,
        spec: {
          reinvocationPolicy: 'Never',
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: ['gloo.solo.io'],
                apiVersions: ['v1'],
                resources: ['upstreams'],
                operations: ['UPDATE'],
              },
            ],
          },
          matchConditions: [
            {
              name: 'is-written-by-discovery',
              expression: `request.userInfo.username.endsWith(':discovery') && has(object.spec.sslConfig)`,
            },
          ],
          mutations: [
            {
              patchType: 'JSONPatch',
              jsonPatch: { expression: `[JSONPatch{op: 'remove', path: '/spec/sslConfig'}]` },
            },
          ],
        },
      },
      {
        apiVersion,
        kind: 'MutatingAdmissionPolicyBinding',
        metadata: meta,
        spec: { policyName: meta.name },
      },
    )
    // The API server takes a moment to notice a policy.
    await sleep(SETTLE_MS)
    await setSsl(name, null)
    const before = discovery.log().length
    await sleep(2 * SETTLE_MS)
    const since = discovery
      .log()
      .slice(before)
      .filter(write => write.name === name)
    t.match(since, [{ by: 'discovery' }, { by: 'gloo' }])
    t.equal(since.length, 2)
    t.equal(await sniOf(name), undefined)
    t.ok(await isReported(name))
  })
}
