import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { t } from 'tap'
import { ApiClient, type ApiRequest } from '../../src/cluster/api.ts'
import { EventRecorder } from '../../src/cluster/events.ts'
import { LeaseElection } from '../../src/cluster/lease.ts'
import { must } from '../demo/stage.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'

const NAMESPACE = 'gloo-istio'

/** All that elections and Events need, given to one user: none of it may turn out to be too little. */
const RBAC = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: leases, namespace: ${NAMESPACE}}
rules:
  - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create]}
  - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, update], resourceNames: [close, close-not, freeze, race, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: leases, namespace: ${NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: leases}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: gloo-istio}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: events}
rules: [{apiGroups: [''], resources: [events], verbs: [create, patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: events}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: events}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: gloo-istio}]
`

const skip = skipUnless('kubernetes', 'kubectl')
if (skip) {
  t.test('leader election and Events on a real API server', { skip }, async () => {})
} else {
  const dir = t.testdir()
  const controlPlane = await startControlPlane({ dir: join(dir, 'control-plane') })
  t.teardown(() => controlPlane.stop())
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  await kubectl('create', 'namespace', NAMESPACE)
  writeFileSync(join(dir, 'rbac.yaml'), RBAC)
  await kubectl('apply', '-f', join(dir, 'rbac.yaml'))

  const admin = new KubeConfig()
  admin.loadFromFile(controlPlane.kubeconfig)
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: admin.clusters,
    contexts: admin.contexts,
    currentContext: admin.currentContext,
    users: admin.users.map(user => ({ ...user, impersonateUser: 'gloo-istio' })),
  })
  const api = new ApiClient(config)
  t.teardown(() => api.close())

  const now = () => performance.timeOrigin + performance.now()
  const wait = (milliseconds: number, signal: AbortSignal) =>
    sleep(milliseconds, undefined, { signal })

  interface Candidate {
    readonly election: LeaseElection
    readonly said: string[]
    freeze: () => void
  }

  /** Waits until `is`; answers the seconds that took. */
  const until = async (what: string, is: () => boolean, seconds = 20): Promise<number> => {
    const start = now()
    while (!is()) {
      if (now() - start > 1_000 * seconds) throw new Error(`not in ${seconds} s: ${what}`)
      await sleep(10)
    }
    return (now() - start) / 1_000
  }

  const contend = (name: string, identity: string, seconds = {}): Candidate => {
    const said: string[] = []
    let isFrozen = false
    const request = async (asked: ApiRequest) => {
      if (isFrozen) throw new TypeError('frozen')
      return api.request(asked)
    }
    const election = new LeaseElection({
      namespace: NAMESPACE,
      name,
      identity,
      ...seconds,
      ports: {
        api: { request },
        now,
        sleep: wait,
        random: Math.random,
        onAcquired: () => said.push('acquired'),
        onLost: why => said.push(`lost: ${why}`),
        onFailure: error => said.push(String(error)),
      },
    })
    election.start()
    t.teardown(() => election.close())
    return { election, said, freeze: () => (isFrozen = true) }
  }

  const leaseOf = async (name: string) =>
    JSON.parse(await kubectl('get', 'lease', name, '-n', NAMESPACE, '-o', 'json'))

  t.test('a leader that closes hands over in less than five seconds', async t => {
    const first = contend('close', 'first')
    await until('the first leads', () => first.election.isLeader)
    const second = contend('close', 'second')
    await until('the second sees it', () => second.election.holder === 'first')
    await first.election.close()
    t.match((await leaseOf('close')).spec, { leaseDurationSeconds: 1, leaseTransitions: 0 })
    t.notOk(second.election.isLeader)
    const seconds = await until('the second leads', () => second.election.isLeader)
    t.ok(seconds < 5, `${seconds} s`)
    t.match((await leaseOf('close')).spec, {
      holderIdentity: 'second',
      leaseDurationSeconds: 15,
      leaseTransitions: 1,
      renewTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/,
    })
    await second.election.close()
    t.strictSame(first.said, ['acquired', 'lost: closing'])
    t.strictSame(second.said, ['acquired', 'lost: closing'])
  })

  t.test('a leader that is cut off has lost before the other leads', async t => {
    const seconds = { durationSeconds: 6, renewDeadlineSeconds: 4, retrySeconds: 1 }
    const first = contend('freeze', 'first', seconds)
    await until('the first leads', () => first.election.isLeader)
    const second = contend('freeze', 'second', seconds)
    await until('the second sees it', () => second.election.holder === 'first')
    await sleep(2_000)
    t.ok(first.election.isLeader, 'it renews')
    first.freeze()
    let both = 0
    const lost = await until('the first has lost', () => !first.election.isLeader)
    t.ok(lost <= 4.5, `${lost} s`)
    await until('the second leads', () => {
      if (first.election.isLeader && second.election.isLeader) both++
      return second.election.isLeader
    })
    t.equal(both, 0)
    t.ok(first.said.includes('lost: not renewed for 4 s'))
    t.strictSame(second.said, ['acquired'])
    t.match((await leaseOf('freeze')).spec, { holderIdentity: 'second', leaseTransitions: 1 })
  })

  t.test('of those who come at once one leads, whether or not there is a Lease', async t => {
    for (const round of ['none', 'released']) {
      const names = Array.from({ length: 5 }, (_, index) => `${round}-${index}`)
      const all = names.map(name => contend('race', name, { retrySeconds: 0.3 }))
      const leaders = () => all.filter(({ election }) => election.isLeader)
      await until('one leads', () => leaders().length > 0)
      await until('all know', () => all.every(({ election }) => election.holder !== undefined))
      t.equal(leaders().length, 1)
      t.strictSame(
        all.flatMap(({ said }) => said),
        ['acquired'],
        'to be slower is no failure',
      )
      await Promise.all(all.map(({ election }) => election.close()))
    }
  })

  t.test('a Lease that is deleted is made again by its holder', async t => {
    const seconds = { retrySeconds: 0.5 }
    const first = contend('delete', 'first', seconds)
    await until('the first leads', () => first.election.isLeader)
    const second = contend('delete', 'second', seconds)
    await until('the second sees it', () => second.election.holder === 'first')
    await kubectl('delete', 'lease', 'delete', '-n', NAMESPACE)
    await sleep(1_500)
    t.match((await leaseOf('delete')).spec, { holderIdentity: 'first' })
    t.strictSame([first.said, second.said], [['acquired'], []])
  })

  t.test('a version that is not served looks like a Lease that is not there', async t => {
    const leases = `namespaces/${NAMESPACE}/leases/close`
    for (const path of [`v1/${leases}-not`, `v1beta0/${leases}`])
      await api.request({ path: `/apis/coordination.k8s.io/${path}` }).then(
        () => t.fail(`${path} is served`),
        error => t.match(error, { statusCode: 404, reason: 'NotFound' }),
      )
  })

  t.test('an Event shows where people look for it, and counts', async t => {
    const failures: unknown[] = []
    const recorder = new EventRecorder({
      api,
      now: Date.now,
      sleep: wait,
      instance: 'gloo-istio-0',
      onFailure: error => failures.push(error),
      onDropped: count => failures.push(count),
    })
    await kubectl('create', 'configmap', 'petstore', '-n', NAMESPACE)
    const get = ['get', 'configmap', 'petstore', '-n', NAMESPACE, '-o', 'json']
    const object = JSON.parse(await kubectl(...get))
    const namespace = JSON.parse(await kubectl('get', 'namespace', NAMESPACE, '-o', 'json'))
    const event = {
      object,
      type: 'Warning',
      reason: 'MeshUnknown',
      message: 'no mesh x.y',
    } as const
    recorder.record(event)
    recorder.record({ ...event, object: namespace })
    recorder.record({ ...event, object: { ...object, metadata: { namespace: 'none', name: 'x' } } })
    const events = ['get', 'events', '-n', NAMESPACE, '-o', 'json']
    let shown: { items: { count: number }[] } = { items: [] }
    while (shown.items.length === 0) shown = JSON.parse(await kubectl(...events))
    recorder.record(event)
    await recorder.close()
    shown = JSON.parse(await kubectl(...events))
    t.match(shown.items, [{ count: 2, involvedObject: { name: 'petstore' } }])
    t.equal(shown.items.length, 1)
    const columns = ['-o', 'custom-columns=COUNT:.count,REASON:.reason,MESSAGE:.message']
    const table = await kubectl('get', 'events', '-n', NAMESPACE, ...columns)
    t.match(table, /^2 +MeshUnknown +no mesh x\.y$/m)
    const described = await kubectl('describe', 'configmap', 'petstore', '-n', NAMESPACE)
    t.match(described, /Warning +MeshUnknown +\d+s \(x2 over \d+s\) +gloo-istio +no mesh x\.y/)
    t.match(await kubectl('get', 'events'), /MeshUnknown +namespace\/gloo-istio +no mesh x\.y/)
    t.strictSame(failures, [], 'a namespace that is gone is no failure')
  })
}
