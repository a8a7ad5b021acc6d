import fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import { type Test, t } from 'tap'
import { parse, stringify } from 'yaml'
import { injectManifests, uninjectManifests } from '../src/cli/inject.ts'
import { ownAnnotations } from '../src/core/annotations.ts'
import type { Write } from '../src/core/decision.ts'
import { ReviewError } from '../src/core/errors.ts'
import { isRecord } from '../src/core/json.ts'
import { diff } from '../src/core/patch.ts'
import { inject, review, uninject } from '../src/core/review.ts'
import type { Facts, JsonObject } from '../src/core/types.ts'
import { viewUpstream } from '../src/core/upstream.ts'
import { requestOf, reviewOf, upstream } from './harness/build.ts'
import { operationsOf, patched } from './harness/patched.ts'
import { worlds } from './harness/random-cluster.ts'
import { ENVOY, gatewayProxy } from './harness/workloads.ts'

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2000)
const check = <T>(property: fc.IPropertyWithHooks<T>) => fc.assert(property, { numRuns: RUNS })

// Pieces of real objects among arbitrary JSON, so that every rule is met.
const wild = fc.jsonValue({ maxDepth: 4 }).map(value => value as unknown)
const annotations = fc.record(
  {
    'gloo-istio.io/mtls': fc.oneof(
      { arbitrary: fc.constant('enabled'), weight: 8 },
      fc.constantFrom('disabled', 'yes'),
      wild,
    ),
    'gloo-istio.io/mesh': fc.oneof(
      fc.constantFrom('team-a.istio', 'team-b.istio.canary', 'x.y'),
      fc.string(),
    ),
    'gloo-istio.io/inject': fc.constantFrom('enabled', 'enabled', 'enabled', 'disabled', 'no'),
    'gloo-istio.io/meshes': fc.constantFrom('team-a.istio', 'team-a.istio,x', ''),
    other: wild,
  },
  { requiredKeys: ['gloo-istio.io/mtls', 'gloo-istio.io/mesh'] },
)
const rarely = fc.oneof({ arbitrary: fc.constant(undefined), weight: 6 }, wild)
const settings = fc.record(
  {
    kube: wild,
    aws: rarely,
    sslConfig: rarely,
    ssl_config: rarely,
    ['__proto__']: wild,
    'a/b~c': wild,
  },
  { requiredKeys: [] },
)
const upstreams = fc
  .record({
    annotations,
    spec: fc.oneof(
      settings,
      settings.map(s => ({ upstreamSpec: s })),
      settings.map(s => ({ upstream_spec: s })),
      wild,
    ),
    more: wild,
  })
  .map(({ annotations, spec, more }) => upstream({ spec, more }, annotations as JsonObject))

const mounts = fc.array(
  fc.oneof(
    fc.constantFrom({ name: 'a', mountPath: '/etc/certs' }, { name: 'b', mountPath: '/x' }),
    wild,
  ),
  { maxLength: 3 },
)
const GLOO_ENVOY = { ...ENVOY, image: 'quay.io/solo-io/gloo-envoy-wrapper:1.22.1' }
const GLOO_SDS = {
  name: 'sds',
  env: [{ name: 'GLOO_MTLS_SDS_ENABLED', value: 'true' }],
  ports: [{ containerPort: 8234 }],
}
const containers = fc.array(
  fc.oneof(
    { arbitrary: fc.constantFrom(ENVOY, GLOO_ENVOY), weight: 4 },
    fc.constantFrom(GLOO_SDS, { ...GLOO_SDS, env: [...GLOO_SDS.env, { name: 'A', value: 'b' }] }),
    mounts.map(volumeMounts => ({ name: 'gateway-proxy', volumeMounts })),
    wild,
  ),
  { maxLength: 4 },
)
const volumes = fc.oneof(
  {
    arbitrary: fc.array(fc.oneof(fc.record({ name: fc.constantFrom('a', 'b') }), wild)),
    weight: 4,
  },
  wild,
)
const workloads = fc
  .record({
    annotations,
    containers: fc.oneof({ arbitrary: containers, weight: 6 }, wild),
    volumes,
    labels: fc.constantFrom({ gloo: 'gateway-proxy' }, { gloo: 'ingress-proxy' }, {}),
    podSpec: fc.constantFrom(
      {},
      { hostNetwork: true, securityContext: { runAsUser: 10101 } },
      { securityContext: { runAsUser: 10101, fsGroup: 1 }, serviceAccountName: 'x' },
    ),
  })
  .map(({ annotations, containers, volumes, labels, podSpec }) =>
    gatewayProxy({
      annotations: annotations as JsonObject,
      containers: containers as JsonObject[],
      volumes: volumes as JsonObject[],
      labels,
      podSpec,
    }),
  )
const objects = fc
  .oneof(upstreams, workloads)
  .map(object => JSON.parse(JSON.stringify(object)) as JsonObject)

const answerTo = (object: JsonObject, facts: Facts) =>
  review(JSON.stringify(reviewOf(object)), facts)

t.test('a second pass over what was made yields no patch', async t => {
  check(
    fc.property(objects, worlds, (object, facts) => {
      const { answer } = answerTo(object, facts)
      return operationsOf(answerTo(patched(object, answer), facts).answer).length === 0
    }),
  )
  t.pass(`${RUNS} objects`)
})

t.test('the patch makes exactly the object that the core made', async t => {
  check(
    fc.property(objects, worlds, (object, facts) => {
      const made = inject(requestOf(object), facts).object
      return diff(patched(object, answerTo(object, facts).answer), made).length === 0
    }),
  )
  t.pass(`${RUNS} objects`)
})

// Where the product writes: nothing else may change, and what is there is never taken away.
const OURS =
  /^\/spec(\/upstreamSpec|\/upstream_spec)?\/sslConfig$|^\/metadata\/annotations(\/gloo-istio.io~1injected)?$|^\/spec\/template\/spec\/(volumes|containers\/\d+\/(volumeMounts|env))(\/\d+)?$|^\/spec\/template\/spec\/(containers\/\d+|securityContext|securityContext\/fsGroup)$/

t.test('only our own paths are touched, and only by adding', async t => {
  let patches = 0
  check(
    fc.property(objects, worlds, (object, facts) => {
      const operations = operationsOf(answerTo(object, facts).answer)
      patches += operations.length
      return operations.every(operation => {
        if (!OURS.test(operation.path)) return false
        const before = jsonpatch.getValueByPointer(object, operation.path)
        return operation.op === 'add' || (operation.op === 'replace' && before === null)
      })
    }),
  )
  t.ok(patches > RUNS / 10, `${patches} operations seen`)
})

t.test('a file of it, YAML or JSON, becomes the same object, and once', async t => {
  const layouts = [stringify, JSON.stringify, (object: object) => JSON.stringify(object, null, 2)]
  check(
    fc.property(objects, worlds, fc.constantFrom(...layouts), (object, facts, layout) => {
      const { manifests } = injectManifests(layout(object), facts)
      const made = inject(requestOf(object), facts).object
      return (
        diff(parse(manifests), made).length === 0 &&
        injectManifests(manifests, facts).manifests === manifests
      )
    }),
  )
  t.pass(`${RUNS} files`)
})

/** Null counts as unset: the API server drops it, and what was made in its place goes. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, found]) => found !== null)
  return Object.fromEntries(entries.map(([key, found]) => [key, withoutNulls(found)]))
}

/** Checks what holds for objects that injection changes; that there are many of them, too. */
const checkChanged = (
  t: Test,
  isKept: (object: JsonObject, made: JsonObject, facts: Facts) => boolean,
) => {
  let changed = 0
  check(
    fc.property(objects, worlds, (object, facts) => {
      const { object: made, patch } = inject(requestOf(object), facts)
      if (patch.length === 0) return true
      changed += 1
      return isKept(object, made, facts)
    }),
  )
  t.ok(changed > RUNS / 10, `${changed} objects changed and changed back`)
}

t.test('what was injected and uninjected is the original object', async t =>
  checkChanged(t, (object, made, facts) => {
    const { object: back } = uninject(requestOf(made) as Write, facts)
    // By the mark alone: the mesh may be gone from the configuration by then.
    const { object: gone } = uninject(requestOf(made) as Write, { ...facts, meshes: [] })
    const original = JSON.stringify(withoutNulls(object))
    return [back, gone].every(found => JSON.stringify(withoutNulls(found)) === original)
  }),
)

/** What lost its mark keeps what was made to hold additions, and an fsGroup: neither tells whose it is. */
const bare = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key]) => key !== 'fsGroup' && key !== 'gloo-istio.io/injected')
    .map(([key, found]) => [key, bare(found)] as const)
    .filter(([, found]) => !(typeof found === 'object' && Object.keys(found ?? {}).length === 0))
  return Object.fromEntries(entries)
}

t.test('what lost its mark is known by its shape, and goes all the same', async t =>
  checkChanged(t, (object, made, facts) => {
    const metadata = { ...(made['metadata'] as JsonObject) }
    const { 'gloo-istio.io/injected': _mark, ...others } = metadata['annotations'] as JsonObject
    const unmarked = { ...made, metadata: { ...metadata, annotations: others } }
    const { object: back } = uninject(requestOf(unmarked) as Write, facts)
    return JSON.stringify(bare(back)) === JSON.stringify(bare(object))
  }),
)

t.test('a file that was injected and uninjected says the same', async t => {
  const layouts = [stringify, JSON.stringify]
  check(
    fc.property(objects, worlds, fc.constantFrom(...layouts), (object, facts, layout) => {
      const { manifests } = injectManifests(layout(object), facts)
      const back = parse(uninjectManifests(manifests, facts).manifests) as JsonObject
      return diff(withoutNulls(object) as JsonObject, withoutNulls(back) as JsonObject).length === 0
    }),
  )
  t.pass(`${RUNS} files`)
})

t.test('the core never writes to its arguments', async t => {
  check(
    fc.property(objects, worlds, (object, facts) => {
      const before = structuredClone(object)
      const { object: made } = inject(requestOf(object), facts)
      uninject(requestOf(made) as Write, facts)
      return diff(before, object).length === 0
    }),
  )
  t.pass(`${RUNS} objects`)
})

t.test('whatever JSON is sent, the answer is a review or a ReviewError', async t => {
  const bodies = fc.oneof(
    fc.string(),
    wild.map(value => JSON.stringify(value)),
    wild.map(object => JSON.stringify({ ...reviewOf(upstream()), request: object })),
    wild.map(object => JSON.stringify(reviewOf(upstream(), { object }))),
    wild.map(oldObject => JSON.stringify(reviewOf(upstream(), { operation: 'UPDATE', oldObject }))),
    fc
      .dictionary(fc.string(), wild)
      .map(metadata => JSON.stringify(reviewOf(upstream({ metadata })))),
  )
  check(
    fc.property(bodies, worlds, (body, facts) => {
      try {
        return review(body, facts).answer.response.allowed
      } catch (error) {
        return error instanceof ReviewError
      }
    }),
  )
  t.pass(`${RUNS} bodies`)
})

const HELD = ['observe', 'warn'] as const
const CORRECTED =
  /^\/metadata\/annotations(\/gloo-istio\.io~1[^/]+)?$|^\/spec(\/upstreamSpec|\/upstream_spec)?\/ssl(Config|_config)/
const DISCOVERY = { username: 'system:serviceaccount:gloo-system:discovery' }

t.test('before stage inject there is no patch, whatever is written', async t => {
  let held = 0
  check(
    fc.property(objects, objects, worlds, fc.constantFrom(...HELD), (object, old, facts, stage) => {
      const known = { ...facts, stage }
      const bodies = [{}, { operation: 'UPDATE', oldObject: old }].map(more =>
        JSON.stringify(reviewOf(object, more)),
      )
      return bodies.every(body => {
        const reviewed = review(body, known)
        held += reviewed.held.length
        return (
          reviewed.answer.response.patch === undefined &&
          JSON.stringify(reviewed.held) === JSON.stringify(review(body, facts).patch)
        )
      })
    }),
  )
  t.ok(held > RUNS / 10, `${held} operations held back`)
})

t.test(
  'before stage inject, discovery leaves what is ours as it was, and we leave the rest',
  async t => {
    let corrected = 0
    const discovered = (object: JsonObject): JsonObject => ({
      ...object,
      metadata: { ...(object['metadata'] as JsonObject), labels: { discovered_by: 'x' } },
    })
    check(
      fc.property(upstreams, worlds, fc.constantFrom(...HELD), (found, facts, stage) => {
        const object = JSON.parse(JSON.stringify(found)) as JsonObject
        const old = discovered(inject(requestOf(object), facts).object)
        const { annotations: _, ...metadata } = object['metadata'] as JsonObject
        const sent = discovered({ ...object, metadata })
        const more = { operation: 'UPDATE', oldObject: old, userInfo: DISCOVERY }
        const { answer } = review(JSON.stringify(reviewOf(sent, more)), { ...facts, stage })
        const operations = operationsOf(answer)
        corrected += operations.length
        // What is no object, no API server with Gloo's schema takes.
        const ours = (found: JsonObject) => {
          const { sslConfig } = viewUpstream(found)
          return [ownAnnotations(found), isRecord(sslConfig) ? sslConfig : null]
        }
        return (
          operations.every(({ path }) => CORRECTED.test(path)) &&
          JSON.stringify(withoutNulls(ours(patched(sent, answer)))) ===
            JSON.stringify(withoutNulls(ours(old)))
        )
      }),
    )
    t.ok(corrected > RUNS / 10, `${corrected} operations put it right`)
  },
)

t.test('a number beyond 2^53 is never emitted again', async t => {
  const digits = fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 63n }).map(String)
  check(
    fc.property(digits, digits, worlds, (first, second, facts) => {
      const object = { ...upstream(), spec: { kube: { a: '@1' }, list: ['@2', { b: '@1' }] } }
      const workload = gatewayProxy({
        containers: [{ ...ENVOY, big: '@1' }],
        volumes: [{ name: 'v', big: '@2' }],
      })
      return [object, workload].every(made => {
        const body = JSON.stringify(reviewOf(made))
          .replaceAll('"@1"', first)
          .replaceAll('"@2"', second)
        const operations = JSON.stringify(operationsOf(review(body, facts).answer))
        return !/\d{16}/.test(operations)
      })
    }),
  )
  t.pass(`${RUNS} pairs of numbers`)
})
