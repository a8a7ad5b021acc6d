import { t } from 'tap'
import { portFixed, sdsExposed, sidecarsPresent } from '../../src/core/coexistence.ts'
import { proxyOf } from '../../src/core/proxy.ts'
import { additionsOf } from '../../src/core/proxy-additions.ts'
import type { JsonObject, Mesh } from '../../src/core/types.ts'
import { gloo } from '../harness/build.ts'
import { formOn } from '../harness/forms.ts'
import { ENVOY, gatewayProxy } from '../harness/workloads.ts'

const variable = (name: string, value = 'true') => ({ name, value })
const sds = (...env: readonly JsonObject[]) => ({ name: 'sds', env })
const AGENT = { name: 'istio-proxy' }

const placeOf = (
  containers: readonly JsonObject[],
  mode: 'istio-agent' | 'agent-socket',
  more: Partial<Mesh> = {},
) => {
  const base = gatewayProxy({ containers: [ENVOY, ...containers] })
  const proxy = proxyOf(base, gloo({ version: '1.22.1', sdsImage: 'example.com/sds:1' }))
  const form = formOn(mode, '1.22.3', more)
  return { base, proxy, form, additions: additionsOf(form, proxy, '/etc/certs'), changed: [] }
}

const ISTIO = variable('ISTIO_MTLS_SDS_ENABLED')
const GLOO = variable('GLOO_MTLS_SDS_ENABLED')
const LOOPBACK = variable('SDS_SERVER_ADDRESS', '127.0.0.1:8234')

// containers that are there | sidecars of others serve | the port is theirs to say | keys lie open
const cases: readonly [string, readonly JsonObject[], boolean, boolean, boolean][] = [
  ['nothing', [], false, false, false],
  ['both sidecars', [sds(ISTIO), AGENT], true, false, false],
  ['both, but sds is for Gloo only', [sds(GLOO), AGENT], false, false, true],
  ['an agent alone', [AGENT], false, false, false],
  ['sds of Gloo’s own mTLS', [sds(GLOO)], false, false, true],
  ['sds of Gloo’s own mTLS on the loopback', [sds(GLOO, LOOPBACK)], false, false, false],
  [
    'sds on another port',
    [sds(GLOO, variable('SDS_SERVER_ADDRESS', '0.0.0.0:9234'))],
    false,
    true,
    true,
  ],
]
for (const [title, containers, served, fixed, exposed] of cases)
  t.test(`beside ${title}`, async t => {
    const place = placeOf(containers, 'istio-agent')
    t.equal(sidecarsPresent(place)?.reason, served ? 'SidecarsPresent' : undefined)
    t.equal(portFixed(place)?.reason, fixed ? 'SdsPortFixed' : undefined)
    t.equal(sdsExposed(place)?.reason, exposed ? 'SdsExposed' : undefined)
  })

t.test('a mesh that was told another port cannot have the container that is there', async t => {
  const place = placeOf([sds(GLOO)], 'istio-agent', { sdsPort: 9234 })
  t.match(portFixed(place)?.message, 'container sds is there already, on port 8234')
  t.equal(portFixed(placeOf([], 'istio-agent', { sdsPort: 9234 })), undefined)
})

t.test('a mode without sds does not mind one', async t => {
  const place = placeOf([sds(GLOO, ISTIO), AGENT], 'agent-socket', { sdsPort: 9234 })
  t.strictSame(
    [sidecarsPresent(place), portFixed(place), sdsExposed(place)],
    [undefined, undefined, undefined],
  )
})
