import { t } from 'tap'
import type { BreakCode } from '../../src/core/verify-breaks.ts'
import {
  type ClusterSeen,
  type ClustersSeen,
  type ClusterWanted,
  clusterLink,
} from '../../src/core/verify-cluster.ts'
import type { Source, Tls } from '../../src/core/verify-tls.ts'

const source = (name: string, server = 'cluster sds'): Source => ({ by: 'sds', name, server })
const TLS: Tls = {
  certificate: source('cert'),
  authorities: source('root'),
  alpn: ['istio'],
  sni: '',
  names: [],
}
const WANTED: ClusterWanted = {
  clusterNames: ['details_gloo-system'],
  tls: TLS,
  sendsAlpn: true,
  hasAutoMtls: false,
}
const PLAIN: ClusterWanted = { ...WANTED, tls: undefined }
const cluster = (tls: Tls | undefined, more: Partial<ClusterSeen> = {}): ClustersSeen => ({
  cluster: { name: 'details_gloo-system', isWarming: false, tls, isByEndpoint: false, ...more },
  hasSdsCluster: true,
  rejected: 0,
})
const NOTHING: ClustersSeen = { cluster: undefined, hasSdsCluster: true, rejected: 4 }
const BY_ADDRESS: Tls = { ...TLS, certificate: source('cert', '127.0.0.1:8234') }
const ONE_WAY: Tls = { ...TLS, certificate: undefined }

// what | wanted | seen | break | what is said of it
const breaks: readonly [string, ClusterWanted, ClustersSeen, BreakCode, RegExp][] = [
  ['no cluster', WANTED, NOTHING, 'ClusterMissing', /no cluster details_gloo-system; it refused 4/],
  [
    'no SDS cluster',
    WANTED,
    { ...NOTHING, hasSdsCluster: false },
    'SdsClusterMissing',
    /by cluster sds/,
  ],
  ['plain text', WANTED, cluster(undefined), 'PlainText', /plain text/],
  ['mutual TLS where none is asked for', PLAIN, cluster(TLS), 'NotPlain', /mutual TLS/],
  [
    'another source',
    WANTED,
    cluster(BY_ADDRESS),
    'OtherForm',
    /has certificate cert from 127.0.0.1:8234, not certificate cert from cluster sds/,
  ],
  [
    'other authorities',
    WANTED,
    cluster({ ...TLS, authorities: undefined }),
    'OtherForm',
    /has authorities none, not authorities root/,
  ],
  ['another SNI', WANTED, cluster({ ...TLS, sni: 'a' }), 'OtherForm', /has SNI a, not no SNI/],
  [
    'names that were not decided',
    WANTED,
    cluster({ ...TLS, names: ['a'] }),
    'SanMismatch',
    /accepts a, but decided is any name/,
  ],
  [
    'other names',
    { ...WANTED, tls: { ...TLS, names: ['a', 'b'] } },
    cluster({ ...TLS, names: ['a'] }),
    'SanMismatch',
    /accepts a, but decided is a, b/,
  ],
  ['no ALPN', WANTED, cluster({ ...TLS, alpn: [] }), 'AlpnMissing', /ALPN none, not istio/],
]
for (const [what, wanted, seen, code, message] of breaks)
  t.test(`a cluster with ${what} is ${code}`, async t =>
    t.match(clusterLink(wanted, seen), {
      state: 'broken',
      link: 'cluster',
      break: { code, message },
    }),
  )

// what | wanted | seen | text
const good: readonly [string, ClusterWanted, ClustersSeen, string][] = [
  [
    'as decided',
    WANTED,
    cluster(TLS),
    'TLS with cert from cluster sds, ALPN istio, accepts any name',
  ],
  [
    'by address, without a cluster',
    { ...WANTED, tls: BY_ADDRESS },
    { ...cluster(BY_ADDRESS), hasSdsCluster: undefined },
    'TLS with cert from 127.0.0.1:8234, ALPN istio, accepts any name',
  ],
  [
    'without ALPN that this Gloo does not hand on',
    { ...WANTED, sendsAlpn: false },
    cluster({ ...TLS, alpn: [] }),
    'TLS with cert from cluster sds, accepts any name',
  ],
  ['plain', PLAIN, cluster(undefined), 'plain text'],
  [
    'one-way TLS of the Upstream’s own',
    PLAIN,
    cluster(ONE_WAY),
    'TLS without a certificate of its own',
  ],
  [
    'left to Gloo’s auto-mTLS',
    { ...PLAIN, hasAutoMtls: true },
    cluster(TLS, { isByEndpoint: true }),
    'as each endpoint wants it',
  ],
]
for (const [what, wanted, seen, text] of good)
  t.test(`a cluster ${what} is right`, async t =>
    t.strictSame(clusterLink(wanted, seen), {
      link: 'cluster',
      state: 'ok',
      seen: `details_gloo-system: ${text}`,
    }),
  )

t.test('one that is still being prepared says so', async t =>
  t.match(
    clusterLink(WANTED, cluster(TLS, { isWarming: true })).seen,
    /, still being prepared: TLS/,
  ),
)
