import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { verifiedOf } from '../../src/core/identity-asked.ts'
import { isFinding } from '../../src/core/reasons.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { facts, mesh, requestOf, upstream } from '../harness/build.ts'
import { namespace, pod, seen, service } from '../harness/cluster.ts'

const MESH = mesh('a.istio')
const KEY = 'gloo-istio.io/verify-identity'
const ON = { [KEY]: 'enabled' }
const OFF = { [KEY]: 'disabled' }
const SHOP = ['spiffe://cluster.local/ns/default/sa/shop']
const POD = pod({}, { serviceAccountName: 'shop' })

const ask = (annotations: JsonObject, known: Facts) => {
  const found = verifiedOf(requestOf(upstream({}, annotations)) as Write, known, MESH)
  if (isFinding(found)) return found.message
  return [found.asked.subjectAltNames ?? 'any', ...found.notices.map(({ reason }) => reason)]
}
const known = (isDefault: boolean, ...objects: readonly JsonObject[]): Facts => ({
  ...seen(facts(MESH), ...objects),
  verifyIdentity: isDefault,
})

// annotations of the Upstream | default | of the Service | of its namespace | what is accepted
const cases: readonly [JsonObject, boolean, JsonObject, JsonObject, unknown][] = [
  [{}, false, {}, {}, ['any']],
  [{}, true, {}, {}, [SHOP]],
  [ON, false, {}, {}, [SHOP]],
  [OFF, true, {}, {}, ['any']],
  [{}, false, ON, {}, [SHOP]],
  [{}, true, OFF, ON, ['any']],
  [{}, false, {}, ON, [SHOP]],
  [{}, true, {}, OFF, ['any']],
  [OFF, true, ON, ON, ['any']],
  [ON, false, OFF, OFF, [SHOP]],
]
for (const [own, isDefault, onService, onNamespace, accepted] of cases) {
  const said = [own, isDefault, onService, onNamespace].map(said => JSON.stringify(said)).join(' ')
  t.test(`${said}: ${JSON.stringify(accepted)}`, async t => {
    const around = namespace('default', {}, onNamespace)
    const world = known(isDefault, around, service({ annotations: onService }), POD)
    t.strictSame(ask(own, world), accepted)
  })
}

t.test('names that somebody wrote down go before those that are known', async t => {
  const names = { 'gloo-istio.io/subject-alt-names': 'spiffe://x' }
  t.strictSame(ask({ ...ON, ...names }, known(false, service(), POD)), [['spiffe://x']])
})

t.test('where no pod is known, any identity is accepted, and that is said', async t => {
  t.strictSame(ask(ON, known(false, service())), ['any', 'IdentityUnknown'])
  t.strictSame(ask(ON, facts(MESH)), ['any', 'IdentityUnknown'])
})

t.test('a slip is said by its place', async t => {
  const slip = { [KEY]: 'yes' }
  t.match(ask(slip, known(true)), /^annotation gloo-istio.io\/verify-identity is "yes": use/)
  t.match(
    ask({}, known(true, service({ annotations: slip }))),
    /^annotation gloo-istio.io\/verify-identity of Service default\/details is "yes"/,
  )
  t.match(ask({}, known(true, namespace('default', slip))), /of namespace default is "yes"/)
  t.match(ask({ 'gloo-istio.io/sni': 'a b' }, known(true)), /gloo-istio.io\/sni\] is "a b"/)
})
