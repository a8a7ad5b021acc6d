import { X509Certificate } from 'node:crypto'
import { t } from 'tap'
import type { AuthorityData } from '../../src/certs/authority-record.ts'
import { Cluster, DAY, HOUR, MINUTE, Replica, START } from '../harness/shared-certificates.ts'

const clusterOf = async (replicas: number) => {
  const cluster = new Cluster()
  for (let count = 0; count < replicas; count++) new Replica(cluster)
  await cluster.round()
  await cluster.round()
  return cluster
}

const authorityOf = (cluster: Cluster): string => cluster.stored().data['tls.crt'] ?? ''

t.test('three that start at once end up with one authority, and a certificate each', async t => {
  const cluster = await clusterOf(3)
  t.ok(cluster.replicas.every(({ isBelieved }) => isBelieved))
  const made = cluster.replicas.flatMap(({ rotated }) => rotated)
  t.equal(made.filter(what => what === 'authority made').length, 1)
  const served = cluster.replicas.map(({ handOver }) => handOver.serving?.certPem)
  t.equal(new Set(served).size, 3)
  t.strictSame(cluster.published, [authorityOf(cluster)])
})

t.test('the certificate carries the names it was asked for', async t => {
  const { replicas } = await clusterOf(1)
  const certificate = new X509Certificate(replicas[0]?.handOver.serving?.certPem ?? '')
  t.ok(certificate.checkHost('gloo-istio.gloo-istio.svc'))
  t.ok(certificate.checkIP('127.0.0.1'))
})

t.test('nothing is made before it is known what is stored', async t => {
  const cluster = new Cluster()
  const store = { ...cluster.store, stored: () => undefined }
  const replica = new Replica(cluster, { store })
  await replica.round()
  t.equal(replica.source.current(), undefined)
  t.equal(replica.source.wanted(), undefined)
})

t.test('a certificate is renewed at two thirds of its life, an authority stays', async t => {
  const cluster = await clusterOf(1)
  const [replica] = cluster.replicas
  const before = replica?.handOver.serving
  const authority = authorityOf(cluster)
  cluster.now += 5 * DAY
  await cluster.round()
  t.not(replica?.handOver.serving?.certPem, before?.certPem)
  t.equal(authorityOf(cluster), authority)
  t.ok(replica?.isBelieved)
})

t.test(
  'an authority is replaced in two phases, and is trusted as long as it was served',
  async t => {
    const cluster = await clusterOf(2)
    const old = authorityOf(cluster)
    const step = async (milliseconds: number) => {
      cluster.now += milliseconds
      await cluster.round()
      await cluster.round()
      t.ok(cluster.replicas.every(({ isBelieved }) => isBelieved))
      return cluster.published
    }
    const both = await step(244 * DAY)
    t.equal(both.length, 2)
    t.equal(authorityOf(cluster), old, 'the old one signs')
    await step(MINUTE)
    t.not(authorityOf(cluster), old, 'the new one signs')
    t.equal((await step(7 * DAY - 1)).length, 2)
    t.strictSame(await step(1), [authorityOf(cluster)])
    const steps = cluster.replicas.flatMap(({ rotated }) => rotated)
    for (const what of ['authority prepare', 'authority switch', 'authority drop'])
      t.equal(steps.filter(found => found === what).length, 1, what)
  },
)

t.test('the next authority does not sign while the API server does not trust it', async t => {
  const cluster = await clusterOf(1)
  const [replica] = cluster.replicas
  const old = authorityOf(cluster)
  cluster.now += 244 * DAY
  await replica?.source.check()
  for (const wait of [MINUTE, DAY]) {
    cluster.now += wait
    cluster.published = [old]
    await replica?.source.check()
    t.equal(authorityOf(cluster), old)
  }
})

const spoilt: readonly [string, (data: AuthorityData) => AuthorityData][] = [
  ['deleted', () => ({})],
  ['truncated', data => ({ ...data, 'tls.crt': data['tls.crt']?.slice(0, 200) ?? '' })],
  ['without its key', data => ({ 'tls.crt': data['tls.crt'] ?? '' })],
  ['no PEM at all', () => ({ 'tls.crt': 'x', 'tls.key': 'y', 'ca.crt': 'z' })],
]
for (const [what, spoil] of spoilt) {
  t.test(`${what}: who knows the authority puts it back`, async t => {
    const cluster = await clusterOf(2)
    const before = cluster.stored().data
    await cluster.put(spoil(before))
    await cluster.round()
    t.strictSame(cluster.stored().data, before)
    t.ok(cluster.replicas.every(({ isBelieved }) => isBelieved))
  })

  t.test(`${what}: who knows nothing makes another, and the old one stays trusted`, async t => {
    const cluster = await clusterOf(1)
    const [old] = cluster.replicas
    await cluster.put(spoil(cluster.stored().data))
    const fresh = new Replica(cluster)
    await fresh.round()
    t.ok(fresh.isBelieved)
    t.ok(old?.isBelieved, 'what it serves is trusted still')
    await cluster.round()
    await cluster.round()
    t.ok(cluster.replicas.every(({ isBelieved }) => isBelieved))
    t.equal(cluster.published.length, 2)
  })
}

t.test('who finds an authority that knows nothing of its own has it trusted again', async t => {
  const cluster = await clusterOf(1)
  const [old] = cluster.replicas
  cluster.published = []
  await cluster.put({})
  const fresh = new Replica(cluster)
  await fresh.round()
  t.equal(cluster.published.length, 1)
  await old?.round()
  await cluster.round()
  t.equal(cluster.published.length, 2)
  t.ok(cluster.replicas.every(({ isBelieved }) => isBelieved))
})

t.test(
  'an authority that is over is replaced, even if everybody slept through its end',
  async t => {
    const cluster = await clusterOf(2)
    cluster.now += 400 * DAY
    await cluster.round()
    await cluster.round()
    t.ok(cluster.replicas.every(({ isBelieved }) => isBelieved))
    t.equal(cluster.published.length, 1)
  },
)

t.test('an authority of the future is replaced', async t => {
  const cluster = await clusterOf(1)
  cluster.now -= 400 * DAY
  await cluster.round()
  await cluster.round()
  t.ok(cluster.replicas[0]?.isBelieved)
})

t.test('while nothing can be stored certificates are renewed all the same', async t => {
  const cluster = await clusterOf(1)
  const [replica] = cluster.replicas
  cluster.isDown = true
  cluster.now += 300 * DAY
  await cluster.round()
  t.ok(replica?.isBelieved)
  t.match(replica?.errors, [/away/])
  cluster.isDown = false
  await cluster.round()
  t.match(replica?.rotated.at(-1), 'authority prepare')
})

t.test('an authority that is over signs nothing', async t => {
  const cluster = await clusterOf(1)
  const [replica] = cluster.replicas
  const serving = replica?.handOver.serving
  cluster.isDown = true
  cluster.now += 400 * DAY
  await cluster.round()
  t.equal(replica?.handOver.serving, serving)
})

t.test('an authority is replaced when it is asked for, once', async t => {
  const cluster = await clusterOf(1)
  const rotateBefore = START + HOUR
  const [replica] = cluster.replicas
  const store = { ...cluster.store, stored: () => ({ ...cluster.stored(), rotateBefore }) }
  const asked = new Replica(cluster, { store })
  cluster.replicas.splice(0, 1)
  t.ok(replica)
  for (let minute = 0; minute < 24 * 60; minute += 10) {
    cluster.now += 10 * MINUTE
    await cluster.round()
    t.ok(asked.isBelieved)
  }
  t.strictSame(asked.rotated, [
    'serving made',
    'authority prepare',
    'authority switch',
    'serving made',
  ])
})
