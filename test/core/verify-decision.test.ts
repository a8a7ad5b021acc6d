import { t } from 'tap'
import { withValue } from '../../src/core/json.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { withSslConfig } from '../../src/core/upstream.ts'
import { upstreamWanted } from '../../src/core/verify-decision.ts'
import { facts, factsOn, gloo, mesh, upstream } from '../harness/build.ts'
import { live, proxyOn, settled } from '../harness/cluster.ts'

const MESH = mesh('istio-system.istio')
const KNOWN = facts(MESH)
const PLAIN = upstream({}, {})
const ON = settled(upstream(), KNOWN)
const DISABLED = withValue(ON, ['metadata', 'annotations', 'gloo-istio.io/mtls'], 'disabled')
const theirs = withSslConfig(PLAIN, { secretRef: { name: 'mine' } })

// what | Upstream | facts | code of the break, of which link | what is stored
const cases: readonly [string, JsonObject, Facts, string | undefined, RegExp][] = [
  ['is plain', PLAIN, KNOWN, undefined, /^no sslConfig$/],
  ['is on', ON, KNOWN, undefined, /^sslConfig with file .*cert-chain.pem, accepts any name$/],
  ['has one of somebody else', theirs, KNOWN, undefined, /^sslConfig with one in the config/],
  ['is to be switched on', upstream(), KNOWN, 'NotStored', /^no sslConfig$/],
  ['is to be switched off', DISABLED, KNOWN, 'NotStored', /^sslConfig with file/],
  ['waits', upstream(), live(KNOWN, proxyOn('1.0.0')), 'NotDecided', /^no sslConfig$/],
  ['would be on', upstream(), { ...KNOWN, stage: 'observe' }, 'NotDecided', /^no sslConfig$/],
  ['is refused', upstream(), facts(), 'NotDecided', /^no sslConfig$/],
]
for (const [what, object, known, code, stored] of cases)
  t.test(`an Upstream that ${what}: ${code ?? 'as decided'}`, async t => {
    const { links } = upstreamWanted(object, known)
    t.strictSame(
      links.map(({ link }) => link),
      ['decision', 'stored'],
    )
    t.equal(links.flatMap(link => link.break?.code ?? [])[0], code)
    t.match(links[1]?.seen, stored)
  })

t.test('the reason of a decision is printed as everywhere', async t => {
  const { links, report } = upstreamWanted(upstream(), facts())
  t.equal(links[0]?.seen, `refused: ${report.message} [NoMeshConfigured]`)
  t.match(links[0]?.break?.message, `${report.message} [NoMeshConfigured]`)
  t.match(links[0]?.break?.hint, 'upstream gloo-system/default-details-9080')
})

t.test('the proxy is to be somebody only where the mesh is on', async t => {
  t.equal(upstreamWanted(ON, KNOWN).trustDomain, 'cluster.local')
  for (const object of [PLAIN, theirs, upstream()])
    t.equal(upstreamWanted(object, KNOWN).trustDomain, undefined)
})

t.test('ALPN and names are shown', async t => {
  const agent = mesh('istio-system.istio', { istioVersion: '1.22.3' })
  const known = factsOn('1.17.3', agent)
  const asked = { 'gloo-istio.io/mtls': 'enabled', 'gloo-istio.io/subject-alt-names': 'spiffe://a' }
  const wanted = upstreamWanted(settled(upstream({}, asked), known), known)
  t.match(
    wanted.links[1]?.seen,
    /istio_server_cert from 127.0.0.1:8234, ALPN istio, accepts spiffe:\/\/a$/,
  )
  t.ok(wanted.sendsAlpn)
  t.notOk(upstreamWanted(ON, KNOWN).sendsAlpn, 'not by a Gloo that does not know it')
  t.notOk(wanted.hasAutoMtls)
  t.ok(upstreamWanted(PLAIN, { ...KNOWN, gloo: gloo({ autoMtls: 'enabled' }) }).hasAutoMtls)
})

const named = (name: string) => withValue(PLAIN, ['metadata', 'name'], name)

t.test('the cluster is found by every name that a Gloo gives', async t => {
  const { clusterNames, clusterPattern } = upstreamWanted(named('a.b-80'), KNOWN)
  t.equal(clusterNames[0], 'a.b-80_gloo-system')
  const isNamed = new RegExp(clusterPattern)
  for (const name of [...clusterNames, 'kube-upstream:a.b-80_gloo-system_default_b_80'])
    t.match(name, isNamed)
  for (const name of ['axb-80_gloo-system', 'a.b-80_gloo-system2', 'xa.b-80_gloo-system'])
    t.notMatch(name, isNamed)
})
