import { t } from 'tap'
import type { BreakCode } from '../../src/core/verify-breaks.ts'
import {
  type CertificateSeen,
  certificateLink,
  durationText,
  type MaterialSeen,
  type MaterialWanted,
  trustLink,
  trustOf,
} from '../../src/core/verify-certificate.ts'

const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000
const at = (days: number) => ({
  milliseconds: NOW + days * DAY,
  text: new Date(NOW + days * DAY).toISOString().replace('.000', ''),
})
const IDENTITY = 'spiffe://cluster.local/ns/gloo-system/sa/gateway-proxy'
const certificate = (more: Partial<CertificateSeen> = {}): CertificateSeen => ({
  names: [IDENTITY],
  subject: '',
  issuer: 'O=cluster.local',
  serial: 'abcdef0123456789',
  from: at(-1),
  until: at(1),
  ...more,
})
const root = (more: Partial<CertificateSeen> = {}) =>
  certificate({ names: [], subject: 'O=cluster.local', serial: '11112222aaaa', ...more })
const SEEN: MaterialSeen = {
  certificate: certificate(),
  authorities: [root()],
  isTrusted: true,
  sdsFailures: 0,
}
const WANTED: MaterialWanted = {
  certificate: { by: 'sds', name: 'cert', server: '127.0.0.1:8234' },
  authorities: { by: 'sds', name: 'root', server: '127.0.0.1:8234' },
  identity: IDENTITY,
  pod: { namespace: 'gloo-system', name: 'pod-1' },
  now: NOW,
}
const NONE: MaterialSeen = { ...SEEN, certificate: undefined }
const FILES: MaterialWanted = { ...WANTED, certificate: { by: 'file', path: '/c' } }
const by = (more: Partial<CertificateSeen>): MaterialSeen => ({
  ...SEEN,
  certificate: certificate(more),
})

// what | wanted | seen | break | what is said of it
const certificates: readonly [string, MaterialWanted, MaterialSeen, BreakCode, RegExp][] = [
  ['is not there', WANTED, NONE, 'CertificateMissing', /waits for its certificate, cert from/],
  [
    'nobody serves',
    WANTED,
    { ...NONE, sdsFailures: 7 },
    'SdsUnreachable',
    /8234: 7 attempts failed/,
  ],
  ['is no file', FILES, { ...NONE, sdsFailures: 7 }, 'CertificateMissing', /certificate, file \/c/],
  [
    'has run out',
    WANTED,
    by({ until: at(-2) }),
    'CertificateExpired',
    /2025-12-30T00:00:00Z, 2 days ago/,
  ],
  ['runs out now', WANTED, by({ until: at(0) }), 'CertificateExpired', /0 seconds ago/],
  [
    'is not valid yet',
    WANTED,
    by({ from: at(0.5) }),
    'CertificateNotYetValid',
    /from 2026-01-01T12/,
  ],
  [
    'is of another',
    WANTED,
    by({ names: ['x'] }),
    'WrongIdentity',
    /that of x, but the proxy is spiffe/,
  ],
  ['is of nobody', WANTED, by({ names: [] }), 'WrongIdentity', /that of nobody/],
]
for (const [what, wanted, seen, code, message] of certificates)
  t.test(`a certificate that ${what} is ${code}`, async t =>
    t.match(certificateLink(wanted, seen), { state: 'broken', break: { code, message } }),
  )

t.test('a certificate of the proxy is shown with the time that is left', async t =>
  t.strictSame(certificateLink(WANTED, SEEN), {
    link: 'certificate',
    state: 'ok',
    seen: `${IDENTITY} #abcdef01, until 2026-01-02T00:00:00Z (1 day left)`,
  }),
)

t.test('one that is none of a mesh may be of anybody', async t => {
  const anybody = { ...WANTED, identity: undefined }
  t.match(certificateLink(anybody, by({ names: [] })), { state: 'ok', seen: /^no name #/ })
  t.match(certificateLink(anybody, NONE).break?.hint, /issues one to it$/)
})

t.test('a hint names the pod and whom the certificate is for', async t => {
  t.match(certificateLink(WANTED, NONE).break?.hint, IDENTITY)
  t.match(certificateLink(WANTED, { ...NONE, sdsFailures: 1 }).break?.hint, /-n gloo-system pod-1/)
  t.match(certificateLink(WANTED, by({ until: at(-2) })).seen, /\(run out\)$/)
})

// what | wanted | seen | break | what is said of it
const trusts: readonly [string, MaterialSeen, BreakCode, RegExp][] = [
  ['is not there', { ...SEEN, authorities: [] }, 'TrustMissing', /root from 127/],
  [
    'has run out',
    { ...SEEN, authorities: [-3, -2, -4].map(days => root({ until: at(days) })) },
    'AuthorityExpired',
    /the last at 2025-12-30/,
  ],
  [
    'did not sign',
    { ...SEEN, isTrusted: false },
    'CaMismatch',
    /signed by O=cluster.local, but Envoy trusts O=cluster.local #11112222:/,
  ],
  [
    'did not sign what nobody knows',
    { ...SEEN, certificate: undefined, isTrusted: false },
    'CaMismatch',
    /signed by another/,
  ],
]
for (const [what, seen, code, message] of trusts)
  t.test(`trust that ${what} is ${code}`, async t =>
    t.match(trustLink(WANTED, seen), { state: 'broken', break: { code, message } }),
  )

t.test('trust that is as it should be names its authorities', async t => {
  t.match(trustLink(WANTED, SEEN), {
    state: 'ok',
    seen: 'O=cluster.local #11112222 (one authority)',
  })
  const two = { ...SEEN, authorities: [root({ subject: '', until: at(-2) }), root()] }
  t.match(trustLink(WANTED, two), {
    state: 'ok',
    seen: /^authority #11112222, .*\(2 authorities\)$/,
  })
  t.match(trustLink(WANTED, { ...SEEN, isTrusted: undefined }), { state: 'ok' })
  t.match(trustLink({ ...WANTED, authorities: undefined }, NONE), { state: 'ok', seen: /whatever/ })
})

t.test('the same authorities in another order are the same trust', async t => {
  const [one, other] = [root(), root({ serial: '33' })]
  const trust = (...authorities: readonly CertificateSeen[]) => trustOf({ ...SEEN, authorities })
  t.equal(trust(one, other), trust(other, one, other))
  t.not(trust(one), trust(other))
})

const durations: readonly [number, string][] = [
  [89.9 * DAY, '89 days'],
  [DAY, '1 day'],
  [3_600_000 * 5, '5 hours'],
  [60_000, '1 minute'],
  [1_999, '1 second'],
]
for (const [milliseconds, text] of durations)
  t.test(`${milliseconds} ms are ${text}`, async t => t.equal(durationText(milliseconds), text))
