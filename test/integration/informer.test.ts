import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, t } from 'tap'
import { ApiClient } from '../../src/cluster/api.ts'
import { connect } from '../../src/cluster/client.ts'
import { Informer } from '../../src/cluster/informer.ts'
import type { Resource } from '../../src/cluster/list.ts'
import { textAt } from '../../src/core/json.ts'
import { manifest, must } from '../demo/stage.ts'
import { Told, until } from '../harness/informed.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'

const skip = skipUnless('kubernetes', 'kubectl')
if (skip) {
  t.test('informers of a real API server', { skip }, async () => {})
} else {
  const controlPlane = await startControlPlane({ dir: t.testdir() })
  t.teardown(() => controlPlane.stop())
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  const api = new ApiClient(connect(controlPlane.kubeconfig))
  t.teardown(() => api.close())

  const CONFIG_MAPS: Resource = {
    kind: 'configmaps',
    paths: ['/api/v1/configmaps'],
    labelSelector: 'told=yes',
    trim: object => object,
  }

  /** Whether an informer may go on after it waited: what happens until then, it does not see. */
  class Gate {
    #opened = Promise.withResolvers<void>()
    readonly passed = () => this.#opened.promise

    constructor() {
      this.open()
    }

    open = () => this.#opened.resolve()

    shut(): void {
      this.#opened = Promise.withResolvers()
    }
  }

  const start = (t: Test, resource: Resource) => {
    const told = new Told()
    const gate = new Gate()
    const informer = new Informer(resource, {
      ...told.ports,
      api,
      now: Date.now,
      random: Math.random,
      sleep: async (milliseconds, signal) => {
        // Nobody wants to wait a minute to see that a CRD is asked for again.
        await sleep(milliseconds === 60_000 ? 500 : milliseconds, undefined, { signal })
        await gate.passed()
      },
    })
    t.teardown(() => informer.close())
    informer.start()
    return { told, gate, informer }
  }

  const create = async (name: string) => {
    await kubectl('create', 'configmap', name)
    await kubectl('label', 'configmap', name, 'told=yes')
  }

  t.test('it tells what is there, and what comes, changes and goes', async t => {
    await create('first')
    await kubectl('create', 'configmap', 'unlabelled')
    const { told, informer } = start(t, CONFIG_MAPS)
    await until('synced', () => informer.isSynced)
    t.strictSame(told.lines, ['all: first'])
    t.match(told.objects.get('first'), { apiVersion: 'v1', kind: 'ConfigMap' })
    await create('second')
    await told.until('changed: second')
    await kubectl('patch', 'configmap', 'second', '-p', '{"data":{"a":"b"}}')
    await until('patched', () => textAt(told.objects.get('second'), 'data', 'a') === 'b')
    await kubectl('delete', 'configmap', 'first')
    await told.until('removed: first')
    await kubectl('label', 'configmap', 'second', 'told-')
    await told.until('removed: second')
    t.strictSame(told.names, [])
    t.strictSame(told.failures, [])
  })

  t.test('what happened around the fall of the API server is known afterwards', async t => {
    await create('stays')
    await create('goes')
    const { told, gate, informer } = start(t, CONFIG_MAPS)
    await told.until('all: ')
    await create('before')
    await told.until('changed: before')
    gate.shut()
    await controlPlane.restart()
    t.equal(told.failures.length, 1)
    await kubectl('delete', 'configmap', 'goes')
    await create('after')
    const heard = informer.lastHeard
    gate.open()
    await told.until('after')
    await until('gone', () => !told.names.includes('goes'))
    t.strictSame(told.names.toSorted(), ['after', 'before', 'stays'])
    t.ok(informer.lastHeard > heard)
    await create('later')
    await told.until('changed: later')
  })

  t.test('what an API server has forgotten since is listed anew', async t => {
    await create('missed')
    const { told, gate } = start(t, CONFIG_MAPS)
    await told.until('missed')
    gate.shut()
    await controlPlane.restart()
    await kubectl('delete', 'configmap', 'missed')
    await create('found')
    // It remembers what changed since it started, and no more.
    await controlPlane.restart()
    gate.open()
    await told.until('too old resource version')
    await told.until('found')
    t.match(told.lines.at(-1), /^all: /)
    t.notOk(told.names.includes('missed'))
  })

  t.test('it is back without help when the API server is', async t => {
    await create('old')
    const { told } = start(t, CONFIG_MAPS)
    await told.until('old')
    await controlPlane.restart()
    await create('new')
    await told.until('changed: new')
    t.ok(told.names.includes('old'))
  })

  t.test('a CRD is noticed when it is installed, and when it is removed', async t => {
    const { told, informer } = start(t, {
      kind: 'upstreams',
      paths: ['/apis/gloo.solo.io/v2/upstreams', '/apis/gloo.solo.io/v1/upstreams'],
      trim: object => object,
    })
    await told.until('all: ')
    t.ok(informer.isSynced)
    await kubectl('apply', '-f', manifest('upstream-crd'))
    await kubectl('wait', '--for=condition=Established', 'crd/upstreams.gloo.solo.io')
    await kubectl('create', 'namespace', 'gloo-system')
    await kubectl('apply', '-f', manifest('upstream'))
    await told.until('default-details-9080')
    t.match([...told.objects.values()], [{ apiVersion: 'gloo.solo.io/v1', kind: 'Upstream' }])
    await kubectl('delete', 'crd', 'upstreams.gloo.solo.io')
    await told.until('removed: default-details-9080')
    t.strictSame(told.names, [])
  })
}
