import { t } from 'tap'
import { INJECTED_ANNOTATION } from '../../src/core/annotations.ts'
import type { Write } from '../../src/core/decision.ts'
import type { Form } from '../../src/core/form.ts'
import { markOf } from '../../src/core/mark.ts'
import { sslConfigOf } from '../../src/core/ssl-config.ts'
import type { JsonObject, Mesh } from '../../src/core/types.ts'
import { withSslConfig } from '../../src/core/upstream.ts'
import {
  isDiscovered,
  isOurs,
  markedSslConfig,
  markFor as markOnWrite,
  sinceOf,
} from '../../src/core/upstream-ownership.ts'
import { facts, mesh, requestOf, upstream } from '../harness/build.ts'
import { CELLS } from '../harness/cells.ts'
import { formFor } from '../harness/forms.ts'

const MESH = mesh('a.istio')
const SECOND = mesh('b.istio')
const FACTS = facts(MESH, SECOND)
const OURS = sslConfigOf(
  formFor('citadel-files', '1.0.0', '1.0.6', { mesh: MESH }),
  FACTS.mountRoot,
)

const object = (sslConfig: JsonObject | undefined, mark?: JsonObject): JsonObject =>
  withSslConfig(
    upstream({}, mark ? { [INJECTED_ANNOTATION]: JSON.stringify(mark) } : {}),
    sslConfig,
  )
const write = (object: JsonObject, oldObject?: JsonObject) =>
  requestOf(object, { oldObject }) as Write

/** The mark of what is written where nothing was before. */
const markFor = (sslConfig: JsonObject, mesh: Mesh) =>
  markOnWrite(write(upstream({}, {})), sslConfig, mesh)

const snake = { ssl_files: { tls_cert: 'c', tls_key: 'k', root_ca: 'r' } }
const camel = { sslFiles: { rootCa: 'r', tlsKey: 'k', tlsCert: 'c' } }

// sslConfig | what was marked | what became of it
const states: readonly [string, JsonObject | undefined, JsonObject | undefined, string][] = [
  ['as it was marked', OURS, markFor(OURS, MESH), 'intact'],
  ['in the other spelling', snake, markFor(camel, MESH), 'intact'],
  ['with an SNI since', { ...OURS, sni: 'a' }, markFor(OURS, MESH), 'changed'],
  ['of somebody else', { secretRef: {} }, markFor(OURS, MESH), 'changed'],
  ['taken away', undefined, markFor(OURS, MESH), 'gone'],
  ['never marked', OURS, undefined, 'unmarked'],
  ['missing, and never marked', undefined, undefined, 'unmarked'],
  ['marked for a mesh only', OURS, { mesh: 'a.istio' }, 'unmarked'],
]
for (const [title, sslConfig, mark, state] of states)
  t.test(`an sslConfig ${title} is ${state}`, async t => {
    const marked = write(object(sslConfig, mark))
    t.strictSame(markedSslConfig(marked), { mesh: mark?.['mesh'], state })
    const before = object(undefined, mark)
    t.equal(markedSslConfig(write(object(sslConfig), before)).state, state, 'by the object before')
    if (state !== 'unmarked') t.equal(isOurs(marked, FACTS, {}), state === 'intact')
  })

/** What the second mesh may have been given, by every pair of versions and in every mode. */
const FORMS: readonly Form[] = CELLS.flatMap(({ gloo, istio, fits }) =>
  fits.map(mode => formFor(mode, gloo, istio, { mesh: SECOND, slot: 1 })),
)

t.test('what any version was given is recognised without its mark', async t => {
  const asked = { sni: 'details.default.svc', subjectAltNames: ['spiffe://a'] }
  for (const form of FORMS) {
    const name = `${form.mode} ${form.pair.gloo?.text} ${form.pair.istio?.text} ${form.slot}`
    const plain = write(object(sslConfigOf(form, FACTS.mountRoot)))
    t.ok(isOurs(plain, FACTS, {}), name)
    t.ok(isOurs(plain, FACTS, asked), `${name}, and asked for more since`)
    const full = write(object(sslConfigOf(form, FACTS.mountRoot, asked)))
    t.ok(isOurs(full, FACTS, asked), `${name} with all that is asked for`)
    t.notOk(isOurs(full, FACTS, {}), `${name} with what nobody asked for`)
    t.notOk(isOurs(plain, facts(), {}), `${name} of a mesh that is not configured`)
    t.notOk(
      isOurs(plain, { ...FACTS, mountRoot: '/x' }, {}) === (form.mode === 'citadel-files'),
      name,
    )
  }
})

// What others write, with or without tools, is theirs.
const theirs: readonly [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['an empty one', {}],
  ['a Secret', { secretRef: { name: 'a', namespace: 'b' } }],
  ['ours with another ALPN', { ...OURS, alpnProtocols: ['h2'] }],
  ['ours with more ALPN', { ...OURS, alpnProtocols: ['istio', 'h2'] }],
  ['ours with an SNI', { ...OURS, sni: 'x' }],
  ['ours with one more file', { sslFiles: { ...(OURS['sslFiles'] as object), ocspStaple: 'x' } }],
  ['files of another root', { sslFiles: { ...(OURS['sslFiles'] as object), rootCa: '/x' } }],
  ['text', 'text'],
  ['a list', []],
]
for (const [title, sslConfig] of theirs)
  t.test(`an sslConfig of ${title} is not ours`, async t => {
    const found = write(upstream({ spec: { sslConfig } }, {}))
    t.notOk(isOurs(found, FACTS, {}))
  })

t.test('one that reads the same is ours, with ALPN or without, in either spelling', async t => {
  const alpn = { ...OURS, alpnProtocols: ['istio'] }
  const { rootCa, tlsCert, tlsKey } = OURS['sslFiles'] as Record<string, string>
  const inSnake = { ssl_files: { root_ca: rootCa, tls_cert: tlsCert, tls_key: tlsKey } }
  for (const sslConfig of [OURS, alpn, inSnake, { ...OURS, alpnProtocols: null }])
    t.ok(isOurs(write(object(sslConfig)), FACTS, {}), JSON.stringify(sslConfig))
})

t.test('the mark names the mesh and stands for the value, not for its spelling', async t => {
  t.equal(markFor(OURS, MESH)['mesh'], 'a.istio')
  t.strictSame(markFor(snake, MESH), markFor(camel, MESH))
  t.not(markFor(OURS, MESH)['sslConfig'], markFor(camel, MESH)['sslConfig'])
})

t.test('a port or an address that is told is recognised, too', async t => {
  const told: Mesh = mesh('a.istio', { sdsPort: 9000 })
  const form = formFor('istio-agent', '1.22.1', '1.22.0', { mesh: told })
  const found = write(object(sslConfigOf(form, '/etc/certs')))
  t.ok(isOurs(found, facts(told), {}))
  t.notOk(isOurs(found, FACTS, {}))
})

t.test('the mark says since when it is on, until the mesh is another', async t => {
  const first = requestOf(upstream({}, {}), { time: '2026-01-01T00:00:00Z' }) as Write
  const marked = (before: JsonObject, time: string, found: Mesh) =>
    object(OURS, markOnWrite(requestOf(before, { time }) as Write, OURS, found))
  const on = object(OURS, markOnWrite(first, OURS, MESH))
  t.equal(sinceOf(on), '2026-01-01T00:00:00Z')
  t.equal(sinceOf(marked(on, '2026-01-02T00:00:00Z', MESH)), '2026-01-01T00:00:00Z')
  t.equal(sinceOf(marked(on, '2026-01-02T00:00:00Z', SECOND)), '2026-01-02T00:00:00Z')
  t.equal(sinceOf(object(OURS, markFor(OURS, MESH))), undefined, 'nobody looked at a clock')
  const untimed = object(OURS, markFor(OURS, MESH))
  t.strictSame(
    Object.keys(markOf(marked(untimed, '2026-01-02T00:00:00Z', MESH))),
    ['mesh', 'sslConfig'],
    'what is on for a while is not as new as that',
  )
})

t.test('what discovery made is known by its label', async t => {
  const labelled = (labels: JsonObject) => upstream({ metadata: { labels } })
  t.ok(isDiscovered(labelled({ discovered_by: 'kubernetesplugin' })))
  for (const other of [labelled({}), labelled({ discovered_by: null }), {}])
    t.notOk(isDiscovered(other))
})
