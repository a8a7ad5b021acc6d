import fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import { t } from 'tap'
import { parse, stringify } from 'yaml'
import { injectManifests } from '../src/cli/inject.ts'
import { ReviewError } from '../src/core/errors.ts'
import { diff } from '../src/core/patch.ts'
import { inject, review } from '../src/core/review.ts'
import type { JsonObject } from '../src/core/types.ts'
import { facts, mesh, requestOf, reviewOf, upstream } from './harness/build.ts'
import { operationsOf, patched } from './harness/patched.ts'
import { ENVOY, gatewayProxy } from './harness/workloads.ts'

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2000)
const check = <T>(property: fc.IPropertyWithHooks<T>) => fc.assert(property, { numRuns: RUNS })

const FACTS = facts(
  mesh('team-a.istio'),
  mesh('team-b.istio.canary'),
  mesh('team-n.istio', { istioVersion: '1.22.0' }),
)

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
const containers = fc.array(
  fc.oneof(
    fc.constant(ENVOY),
    mounts.map(volumeMounts => ({ name: 'gateway-proxy', volumeMounts })),
    wild,
  ),
  { maxLength: 4 },
)
const volumes = fc.oneof(
  fc.array(fc.oneof(fc.record({ name: fc.constantFrom('a', 'b') }), wild)),
  wild,
)
const workloads = fc
  .record({
    annotations,
    containers: fc.oneof({ arbitrary: containers, weight: 6 }, wild),
    volumes,
    labels: fc.constantFrom({ gloo: 'gateway-proxy' }, {}),
  })
  .map(({ annotations, containers, volumes, labels }) =>
    gatewayProxy({
      annotations: annotations as JsonObject,
      containers: containers as JsonObject[],
      volumes: volumes as JsonObject[],
      labels,
    }),
  )
const objects = fc
  .oneof(upstreams, workloads)
  .map(object => JSON.parse(JSON.stringify(object)) as JsonObject)

const answerTo = (object: JsonObject) => review(JSON.stringify(reviewOf(object)), FACTS)

t.test('a second pass over what was made yields no patch', async t => {
  check(
    fc.property(objects, object => {
      const { answer } = answerTo(object)
      return operationsOf(answerTo(patched(object, answer)).answer).length === 0
    }),
  )
  t.pass(`${RUNS} objects`)
})

t.test('the patch makes exactly the object that the core made', async t => {
  check(
    fc.property(objects, object => {
      const made = inject(requestOf(object), FACTS).object
      return diff(patched(object, answerTo(object).answer), made).length === 0
    }),
  )
  t.pass(`${RUNS} objects`)
})

// Where the product writes: nothing else may change, and what is there is never taken away.
const OURS =
  /^\/spec(\/upstreamSpec|\/upstream_spec)?\/sslConfig$|^\/spec\/template\/spec\/(volumes|containers\/\d+\/volumeMounts)(\/\d+)?$/

t.test('only our own paths are touched, and only by adding', async t => {
  let patches = 0
  check(
    fc.property(objects, object => {
      const operations = operationsOf(answerTo(object).answer)
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
    fc.property(objects, fc.constantFrom(...layouts), (object, layout) => {
      const { manifests } = injectManifests(layout(object), FACTS)
      const made = inject(requestOf(object), FACTS).object
      return (
        diff(parse(manifests), made).length === 0 &&
        injectManifests(manifests, FACTS).manifests === manifests
      )
    }),
  )
  t.pass(`${RUNS} files`)
})

t.test('the core never writes to its arguments', async t => {
  check(
    fc.property(objects, object => {
      const before = structuredClone(object)
      inject(requestOf(object), FACTS)
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
    fc.property(bodies, body => {
      try {
        return review(body, FACTS).answer.response.allowed
      } catch (error) {
        return error instanceof ReviewError
      }
    }),
  )
  t.pass(`${RUNS} bodies`)
})

t.test('a number beyond 2^53 is never emitted again', async t => {
  const digits = fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 63n }).map(String)
  check(
    fc.property(digits, digits, (first, second) => {
      const object = { ...upstream(), spec: { kube: { a: '@1' }, list: ['@2', { b: '@1' }] } }
      const workload = gatewayProxy({
        containers: [{ ...ENVOY, big: '@1' }],
        volumes: [{ name: 'v', big: '@2' }],
      })
      return [object, workload].every(made => {
        const body = JSON.stringify(reviewOf(made))
          .replaceAll('"@1"', first)
          .replaceAll('"@2"', second)
        const operations = JSON.stringify(operationsOf(review(body, FACTS).answer))
        return !/\d{16}/.test(operations)
      })
    }),
  )
  t.pass(`${RUNS} pairs of numbers`)
})
