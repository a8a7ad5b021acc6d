import { t } from 'tap'
import { type Form, formOf, isForm } from '../../src/core/form.ts'
import { proxyThatLetsGo, proxyToWaitFor } from '../../src/core/interlock.ts'
import { withValue } from '../../src/core/json.ts'
import type { Facts, JsonObject, Mesh } from '../../src/core/types.ts'
import { parseVersion } from '../../src/core/version.ts'
import { factsOn, mesh } from '../harness/build.ts'
import { carrierOn, live, proxyOn, rolledOut, seen } from '../harness/cluster.ts'
import {
  annotated,
  areComplete,
  isOn,
  labelled,
  lookAtProxy,
  lookAtUpstream,
  rolled,
  type SmallCluster,
  smallCluster,
} from '../harness/small-cluster.ts'

const GLOO = '1.22.1'
const [A, B] = ['a', 'b'].map(name => mesh(`team-${name}.istio`, { istioVersion: '1.22.3' })) as [
  Mesh,
  Mesh,
]
const FACTS = factsOn(GLOO, A)
const formIn = (known: Facts, found: Mesh): Form => {
  const form = formOf(known, parseVersion(GLOO), found)
  if (!isForm(form)) throw new TypeError(form.message)
  return form
}

const annotations = (found: JsonObject) => ({ annotations: found })
const OPTED_OUT = annotations({ 'gloo-istio.io/inject': 'disabled' })
const ON_B = annotations({ 'gloo-istio.io/meshes': 'team-b.istio' })
const SLIP = annotations({ 'gloo-istio.io/inject': 'no' })
const READY = carrierOn(GLOO, FACTS)
const taken = (name: string) => {
  const proxy = proxyOn(GLOO)
  const spec = proxy['spec'] as { template: { spec: { containers: JsonObject[] } } }
  const pod = spec.template.spec
  const template = { ...spec.template, spec: { ...pod, containers: [...pod.containers, { name }] } }
  return { ...proxy, spec: { ...spec, template } }
}

// proxy | why an Upstream waits for it | why one that is on lets go
const proxies: readonly [string, JsonObject, string | undefined, string | undefined][] = [
  ['that carries it', READY, undefined, undefined],
  ['that is not injected', proxyOn(GLOO), 'it has not been injected yet', undefined],
  ['that is opted out by a slip', proxyOn(GLOO, SLIP), 'it has not been injected yet', undefined],
  ['that cannot be injected', taken('istio-proxy'), 'see its ContainerNameTaken', undefined],
  ['that is rolling out', { ...READY, status: {} }, 'its rollout is not finished', undefined],
  [
    'whose pods are down',
    { ...rolledOut(READY), spec: { ...(READY['spec'] as object), replicas: 2 } },
    'its rollout is not finished',
    undefined,
  ],
  [
    'that opted out',
    proxyOn(GLOO, OPTED_OUT),
    'annotation gloo-istio.io/inject is "disabled"',
    'annotation gloo-istio.io/inject is "disabled"',
  ],
  [
    'with a whole sidecar',
    withValue(READY, ['spec', 'template', 'metadata', 'labels'], {
      'sidecar.istio.io/inject': 'true',
    }),
    'its whole Istio sidecar encrypts already',
    'its whole Istio sidecar encrypts already',
  ],
  [
    'that leaves the mesh out',
    proxyOn(GLOO, ON_B),
    'annotation gloo-istio.io/meshes leaves it out',
    'annotation gloo-istio.io/meshes leaves it out',
  ],
]
for (const [title, proxy, waiting, leaving] of proxies)
  t.test(`a proxy ${title}: ${waiting ?? 'nothing'} to wait for`, async t => {
    const known = live(FACTS, proxy)
    const waits = proxyToWaitFor(known, 'gloo-system', formIn(FACTS, A))
    const leaves = proxyThatLetsGo(known, 'gloo-system', A)
    const name = 'Deployment gloo-system/gateway-proxy'
    t.equal(
      waits?.message,
      waiting && `waits for ${name}, which does not carry mesh team-a.istio yet: ${waiting}`,
    )
    t.equal(
      leaves?.message,
      leaving && `${name} gives up mesh team-a.istio, so Upstreams let go of it first: ${leaving}`,
    )
    for (const unwatched of [seen(FACTS, proxy), { ...FACTS, isLive: true }]) {
      t.equal(proxyToWaitFor(unwatched, 'gloo-system', formIn(FACTS, A)), undefined)
      t.equal(proxyThatLetsGo(unwatched, 'gloo-system', A), undefined)
    }
  })

// proxy | why an Upstream would wait for it, were the stage inject and every rollout finished
const observed: readonly [string, JsonObject, string | undefined][] = [
  ['that is not injected', proxyOn(GLOO), undefined],
  ['that is rolling out', { ...READY, status: {} }, undefined],
  ['that opted out', proxyOn(GLOO, OPTED_OUT), 'annotation gloo-istio.io/inject is "disabled"'],
  ['that cannot be injected', taken('istio-proxy'), 'see its ContainerNameTaken'],
]
for (const [title, proxy, waiting] of observed)
  t.test(`before stage inject, a proxy ${title}: ${waiting ?? 'nothing'} to wait for`, async t => {
    for (const stage of ['observe', 'warn'] as const) {
      const known: Facts = { ...live(FACTS, proxy), stage }
      const found = proxyToWaitFor(known, 'gloo-system', formIn(FACTS, A))
      t.equal(found?.message.split('yet: ')[1], waiting)
    }
  })

t.test('what a proxy lacks is asked anew when the stage changes', async t => {
  const proxy = proxyOn(GLOO)
  const waits = (stage: Facts['stage']) =>
    proxyToWaitFor({ ...live(FACTS, proxy), stage }, 'gloo-system', formIn(FACTS, A)) !== undefined
  t.strictSame([waits('observe'), waits('inject'), waits('warn')], [false, true, false])
})

t.test('of several proxies, each has to be ready', async t => {
  const named = (proxy: JsonObject, name: string) => ({
    ...proxy,
    metadata: { ...(proxy['metadata'] as object), name },
  })
  const wait = (...found: readonly JsonObject[]) =>
    proxyToWaitFor(live(FACTS, ...found), 'gloo-system', formIn(FACTS, A))?.message
  t.match(wait(READY, named(proxyOn(GLOO), 'second')), /^waits for Deployment gloo-system\/second/)
  t.equal(wait(READY, named(READY, 'second')), undefined)
})

t.test('a proxy lets go of the meshes that it leaves out, not of others', async t => {
  const both = factsOn(GLOO, A, B)
  const known = live(both, carrierOn(GLOO, both, ON_B))
  t.match(proxyThatLetsGo(known, 'gloo-system', A)?.reason, 'ProxyLetsGo')
  t.equal(proxyThatLetsGo(known, 'gloo-system', B), undefined)
  t.equal(proxyToWaitFor(known, 'gloo-system', formIn(both, B)), undefined)
})

/** Each mode, on versions that it is for. */
const MODES: readonly (readonly [Mesh['mode'], string, string])[] = [
  ['citadel-files', '1.0.0', '1.0.6'],
  ['node-agent-sds', '1.3.20', '1.3.8'],
  ['citadel-sds', '1.22.1', '1.4.10'],
  ['istio-agent', '1.22.1', '1.22.3'],
  ['agent-socket', '1.22.1', '1.22.3'],
]
const factsFor = (mode: Mesh['mode'], gloo: string, istioVersion: string) =>
  factsOn(gloo, mesh('team-a.istio', { mode, istioVersion }))

type Step = (cluster: SmallCluster) => SmallCluster

/** Looks at everything, again and again, until nothing changes; tells each state on the way. */
const statesUntilQuiet = (from: SmallCluster, looks: readonly Step[]): readonly SmallCluster[] => {
  const states = [from]
  for (let quiet = 0, at = 0; quiet < looks.length && at < 50; at++) {
    const before = states.at(-1) ?? from
    const after = looks[at % looks.length]?.(before) ?? before
    quiet = after === before ? quiet + 1 : 0
    if (after !== before) states.push(after)
  }
  return states
}

const EVENTS = [
  'label set',
  'proxy injected',
  'proxy rolled out',
  'proxy opts out',
  'label removed',
] as const
type Event = (typeof EVENTS)[number]

const MTLS = 'gloo-istio.io/mtls'
const MESH = 'gloo-istio.io/mesh'
const happen: Readonly<Record<Event, Step>> = {
  'label set': cluster => labelled(cluster, { [MTLS]: 'enabled' }),
  'label removed': cluster => labelled(cluster, { [MTLS]: '' }),
  'proxy injected': cluster => lookAtProxy(cluster, 0),
  'proxy rolled out': cluster => rolled(cluster, 0),
  'proxy opts out': cluster => annotated(cluster, 0, { 'gloo-istio.io/inject': 'disabled' }),
}

const permutations = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  all.length === 0
    ? [[]]
    : all.flatMap((first, at) => permutations(all.toSpliced(at, 1)).map(rest => [first, ...rest]))

/** Whether the Upstream is to be on after these events, told from their order alone. */
const expectedAfter = (events: readonly Event[]): boolean => {
  const at = (event: Event) => events.indexOf(event)
  const isIn = (event: Event) => at(event) >= 0
  const isLabelled = at('label set') > at('label removed')
  const isCarried = isIn('proxy injected') && at('proxy rolled out') > at('proxy injected')
  return isLabelled && isCarried && !isIn('proxy opts out')
}

interface Stage {
  /** What happened so far. */
  readonly events: readonly Event[]
  /** What the cluster went through since the last of it; the last of these stays. */
  readonly states: readonly SmallCluster[]
}

const lookAtFirst: Step = cluster => lookAtProxy(cluster, 0)

/** Goes through events in one order; the reconciler looks at the proxy from its injection on. */
const stagesOf = (start: SmallCluster, order: readonly Event[], isProxyFirst: boolean) => {
  const stages: Stage[] = []
  for (const [at, event] of order.entries()) {
    const events = order.slice(0, at + 1)
    const both = isProxyFirst ? [lookAtFirst, lookAtUpstream] : [lookAtUpstream, lookAtFirst]
    const looks = events.includes('proxy injected') ? both : [lookAtUpstream]
    const before = stages.at(-1)?.states.at(-1) ?? start
    stages.push({ events, states: statesUntilQuiet(happen[event](before), looks) })
  }
  return stages
}

const isSafe = (cluster: SmallCluster): boolean => !isOn(cluster) || areComplete(cluster)
const endsOn = ({ states }: Stage): boolean => states.slice(-1).some(isOn)

for (const [mode, gloo, istio] of MODES)
  t.test(`${mode}: in every order of events, on only while all pods carry it`, async t => {
    const start = smallCluster(factsFor(mode, gloo, istio), ['gateway-proxy'])
    const orders = permutations(EVENTS)
    const stages = orders.flatMap(order =>
      [true, false].flatMap(isProxyFirst => stagesOf(start, order, isProxyFirst)),
    )
    t.equal(stages.length, 120 * 2 * EVENTS.length)
    t.strictSame(
      stages.filter(({ states }) => !states.every(isSafe)).map(({ events }) => events),
      [],
      'it never lacks what it needs',
    )
    t.strictSame(
      stages.filter(stage => endsOn(stage) !== expectedAfter(stage.events)).map(s => s.events),
      [],
      'it is on when it may be',
    )
    t.ok(stages.filter(endsOn).length > 20)
  })

/** What may happen to any cluster, the reconciler's looks among it. */
const ANYWHERE: readonly Step[] = [
  lookAtUpstream,
  cluster => labelled(cluster, { [MTLS]: 'enabled' }),
  cluster => labelled(cluster, { [MTLS]: '' }),
]

const stepsOn = (at: number, steps: readonly Step[]): readonly Step[] => [
  cluster => lookAtProxy(cluster, at),
  cluster => rolled(cluster, at),
  ...steps,
]

const keyOf = ({ labels, upstream, proxies }: SmallCluster) =>
  JSON.stringify([labels, upstream, proxies])

/** Every state that can be reached by these steps, in whatever order they come. */
const reachableFrom = (start: SmallCluster, steps: readonly Step[]): readonly SmallCluster[] => {
  const known = new Map([[keyOf(start), start]])
  for (const cluster of known.values())
    for (const next of steps.map(step => step(cluster))) {
      const key = keyOf(next)
      if (!known.has(key)) known.set(key, next)
    }
  return [...known.values()]
}

/** Annotations of a proxy, one after the other; they may come past the webhook. */
const annotate = (at: number, key: string, values: readonly string[], isSeen: boolean) =>
  values.map(
    (value): Step =>
      cluster =>
        annotated(cluster, at, { [key]: value }, isSeen),
  )

const SWITCH = ['disabled', 'enabled']
const NARROWED = ['team-a.istio', 'team-b.istio', 'team-a.istio,team-b.istio']
const TWO_MESHES: Facts = { ...factsOn(GLOO, A, B), defaultMesh: A }

// what there is | how the cluster starts | what may happen to it
const worlds: readonly [string, SmallCluster, readonly Step[]][] = [
  [
    'two proxies',
    smallCluster(FACTS, ['first', 'second']),
    [
      ...stepsOn(0, annotate(0, 'gloo-istio.io/inject', SWITCH, true)),
      ...stepsOn(1, annotate(1, 'gloo-istio.io/inject', SWITCH, false)),
      cluster => labelled(cluster, { [MTLS]: 'disabled' }),
    ],
  ],
  [
    'two meshes',
    smallCluster(TWO_MESHES, ['gateway-proxy']),
    [
      ...stepsOn(0, annotate(0, 'gloo-istio.io/meshes', NARROWED, false)),
      cluster => labelled(cluster, { [MESH]: 'team-a.istio' }),
      cluster => labelled(cluster, { [MESH]: 'team-b.istio' }),
    ],
  ],
]
for (const [title, start, steps] of worlds)
  t.test(`with ${title}, no state can be reached where an Upstream lacks certificates`, async t => {
    const states = reachableFrom(start, [...ANYWHERE, ...steps])
    t.comment(`${states.length} states, on in ${states.filter(isOn).length}`)
    const unsafe = states.filter(state => !isSafe(state))
    t.strictSame(unsafe.slice(0, 1), [], `${unsafe.length} of ${states.length}`)
    t.ok(states.filter(isOn).length > 50)
  })
