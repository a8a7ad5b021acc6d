import { t } from 'tap'
import { has, type Pair } from '../../src/core/matrix.ts'
import {
  byClusterText,
  type Source,
  sdsClusterOf,
  sourceText,
  tlsWanted,
} from '../../src/core/verify-tls.ts'
import { parseVersion } from '../../src/core/version.ts'

const gloo = (version?: string): Pair => ({ gloo: parseVersion(version), istio: undefined })
const NAMES = { certificatesSecretName: 'a', validationContextName: 'b' }
const sds = (server: string, name: string): Source => ({ by: 'sds', name, server })
const callCredentials = { fileCredentialSource: { header: 'h', tokenFileName: 't' } }

// what | sds | Gloo | where certificates come from
const servers: readonly [string, object, string | undefined, string][] = [
  ['an address', { targetUri: '127.0.0.1:8234' }, '1.17.3', '127.0.0.1:8234'],
  ['an address, Gloo unknown', { targetUri: 'unix:/a' }, undefined, 'unix:/a'],
  ['an address that Gloo ignores', { targetUri: 'x' }, '1.9.0', 'cluster gateway_proxy_sds'],
  ['a cluster', { targetUri: 'x', clusterName: 'c' }, '1.17.3', 'cluster c'],
  ['a token', { targetUri: 'unix:/a', callCredentials }, '1.3.20', 'unix:/a'],
  ['a token and no address', { callCredentials }, '1.3.20', ''],
  ['nothing', {}, '1.17.3', 'cluster gateway_proxy_sds'],
]
for (const [what, more, version, server] of servers)
  t.test(`sds with ${what} asks ${server || 'nobody'}`, async t =>
    t.match(tlsWanted({ sds: { ...NAMES, ...more } }, gloo(version)), {
      certificate: sds(server, 'a'),
      authorities: sds(server, 'b'),
    }),
  )

t.test('no sslConfig is plain text', async t => {
  t.equal(tlsWanted(undefined, gloo()), undefined)
  t.equal(tlsWanted(null, gloo()), undefined)
})

t.test('an sslConfig in either spelling says the same', async t => {
  const told = { alpnProtocols: ['istio'], sni: 's', verifySubjectAltName: ['z', 'y', 1] }
  const snake = { alpn_protocols: ['istio'], sni: 's', verify_subject_alt_name: ['z', 'y', 1] }
  const expected = { certificate: undefined, alpn: ['istio'], sni: 's', names: ['y', 'z'] }
  t.match(tlsWanted(told, gloo()), expected)
  t.strictSame(tlsWanted(snake, gloo()), tlsWanted(told, gloo()))
})

t.test('files, secrets and sds without names', async t => {
  const sslFiles = { tlsCert: '/c', tlsKey: '/k' }
  t.match(tlsWanted({ sslFiles }, gloo()), {
    certificate: { by: 'file', path: '/c' },
    authorities: undefined,
  })
  t.match(tlsWanted({ secretRef: { name: 'a' } }, gloo()), {
    certificate: { by: 'inline' },
    authorities: { by: 'inline' },
  })
  t.match(tlsWanted({ sds: { targetUri: 'x' } }, gloo()), { certificate: undefined })
})

// source | text | cluster
const sources: readonly [Source | undefined, string, string | undefined][] = [
  [undefined, 'none', undefined],
  [sds(byClusterText('c'), 'a'), 'a from cluster c', 'c'],
  [sds('127.0.0.1:1', 'a'), 'a from 127.0.0.1:1', undefined],
  [{ by: 'file', path: '/c' }, 'file /c', undefined],
  [{ by: 'inline' }, 'one in the configuration itself', undefined],
]
for (const [source, text, cluster] of sources)
  t.test(`a source is called "${text}"`, async t => {
    t.equal(sourceText(source), text)
    t.equal(sdsClusterOf(source), cluster)
  })

t.test('the versions that ignore an address are those of the matrix', async t =>
  t.notOk(has('sds-by-address', gloo('1.9.0'))),
)
