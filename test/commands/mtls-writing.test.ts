import { type Test, t } from 'tap'
import { ApiClient } from '../../src/cluster/api.ts'
import { UsageError } from '../../src/commands/exit.ts'
import { type Ask, findUpstream, readUpstream, write } from '../../src/commands/mtls-writing.ts'
import { withValue } from '../../src/core/json.ts'
import { requestMtls, withdrawRequest } from '../../src/core/mtls-request.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { applied, seen } from '../harness/cluster.ts'
import { type Answer, ApiEndpoint, failure } from '../stand-ins/api-endpoint.ts'

const KNOWN = facts(mesh('team-a.istio'))
const [NAMESPACE, NAME] = ['gloo-system', 'default-details-9080']
const version = (object: JsonObject, resourceVersion: string) =>
  withValue(object, ['metadata', 'resourceVersion'], resourceVersion)
const PLAIN = version(upstream({}, { own: '1' }), '1')
const set: Ask = object => requestMtls(object, 'team-a.istio', KNOWN)
const unset: Ask = object => withdrawRequest(object, KNOWN, { optOut: false })
const ON = applied(PLAIN, set(PLAIN).change.patch)

const answer =
  (object: JsonObject, ...warnings: readonly string[]): Answer =>
  response =>
    response
      .setHeader(
        'Warning',
        warnings.map(text => `299 - "${text}"`),
      )
      .end(JSON.stringify(object))
const CONFLICT = failure(409, { reason: 'Conflict', message: 'changed' })

const setUp = async (t: Test, ...answers: readonly Answer[]) => {
  const server = new ApiEndpoint()
  await server.listen()
  const api = new ApiClient(server.kubeConfig())
  t.teardown(() => {
    api.close()
    return server.close()
  })
  server.answerNext(...answers)
  return { server, api, write: (ask = set, dryRun = false) => write(api, PLAIN, { ask, dryRun }) }
}

t.test('what is asked for is written once, and warnings are heard', async t => {
  const { server, write } = await setUp(t, answer(ON, 'one'))
  t.match(await write(), {
    namespace: NAMESPACE,
    name: NAME,
    outcome: 'written',
    standing: 'on',
    warnings: ['one'],
    fields: [
      'spec.sslConfig',
      'annotation gloo-istio.io/mtls',
      'annotation gloo-istio.io/mesh',
      'annotation gloo-istio.io/injected',
    ],
  })
  t.equal(server.asked.length, 1)
})

t.test('a dry run says so, to the API server, too', async t => {
  const { server, write } = await setUp(t, answer(ON))
  t.match(await write(set, true), { outcome: 'dry run', standing: 'on' })
  t.equal(server.asked[0]?.searchParams.get('dryRun'), 'All')
})

t.test('with nothing to do, nothing is sent', async t => {
  const { server, api } = await setUp(t)
  t.match(await write(api, ON, { ask: set, dryRun: false }), { outcome: 'unchanged' })
  const refused: Ask = object => requestMtls(object, 'x.y', KNOWN)
  t.match(await write(api, PLAIN, { ask: refused, dryRun: true }), { outcome: 'refused' })
  t.equal(server.asked.length, 0)
})

t.test('when somebody was faster, it looks again', async t => {
  const theirs = version(withValue(PLAIN, ['metadata', 'labels'], { a: 'b' }), '2')
  const { server, write } = await setUp(t, CONFLICT, answer(theirs), answer(ON))
  t.match(await write(), { outcome: 'written', standing: 'on' })
  t.strictSame(
    server.asked.map(({ pathname }) => pathname),
    Array(3).fill(`/apis/gloo.solo.io/v1/namespaces/${NAMESPACE}/upstreams/${NAME}`),
  )
})

t.test('an API server that is busy is asked again when it wants to be', async t => {
  const busy = failure(503, { message: 'busy' }, { 'Retry-After': '0' })
  const { write } = await setUp(t, busy, answer(PLAIN), answer(ON))
  t.match(await write(), { outcome: 'written' })
})

t.test('who always loses is told so', async t => {
  const { server, write } = await setUp(
    t,
    ...Array.from({ length: 5 }, () => [CONFLICT, answer(PLAIN)]).flat(),
  )
  await t.rejects(write(), {
    message: /^Upstream gloo-system\/default-details-9080 was not written in 5 attempts/,
  })
  t.equal(server.asked.length, 10)
})

t.test('what is deleted on the way is not there', async t => {
  const { write } = await setUp(t, failure(404), failure(404))
  await t.rejects(write(), UsageError)
})

// code | what is said
const refusals: readonly [number, string][] = [
  [
    403,
    'the API server refuses what is to be written (Forbidden): no [WriteRefused]; it takes the right to patch upstreams.gloo.solo.io',
  ],
  [400, 'the API server refuses what is to be written (Invalid): no [WriteRefused]'],
]
for (const [code, message] of refusals)
  t.test(`${code} is the last word`, async t => {
    const { write } = await setUp(t, failure(code, { message: 'no' }))
    await t.rejects(write(), { message })
  })

// what is asked | what the API server stores | how it stands
const overruled: readonly [string, Ask, JsonObject, JsonObject][] = [
  ['taken out again', set, PLAIN, PLAIN],
  ['put back in', unset, ON, ON],
]
for (const [title, ask, object, stored] of overruled)
  t.test(`what a webhook has ${title} is told`, async t => {
    const { api } = await setUp(t, answer(stored))
    t.match(await write(api, object, { ask, dryRun: false }), { standing: 'overruled' })
  })

t.test('what is asked to be off, and is off, is no surprise', async t => {
  const { api } = await setUp(t, answer(PLAIN))
  t.match(await write(api, ON, { ask: unset, dryRun: false }), { standing: 'off' })
})

t.test('an Upstream is read by its place, or found by its name', async t => {
  const { api } = await setUp(t, answer(PLAIN))
  const known = seen(KNOWN, PLAIN)
  t.strictSame(await findUpstream(api, known, { name: NAME, namespace: NAMESPACE }), PLAIN)
  t.equal(await findUpstream(api, known, { name: NAME }), PLAIN)
  await t.rejects(findUpstream(api, known, { name: 'x' }), UsageError)
})

t.test('one that may not be read says which right it takes', async t => {
  const { api } = await setUp(t, failure(403, { message: 'no' }))
  await t.rejects(readUpstream(api, NAMESPACE, NAME), {
    message: `Upstream ${NAMESPACE}/${NAME} cannot be read: no; it takes the right to get upstreams.gloo.solo.io there`,
  })
})
