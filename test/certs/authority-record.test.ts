import { t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import {
  AUTHORITY_KEYS,
  type AuthorityData,
  type AuthorityRecord,
  readAuthority,
  trustedBy,
  writeAuthority,
} from '../../src/certs/authority-record.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const DAY = 86_400_000
const make = (days: number, now = NOW) =>
  createAuthority({ commonName: 'a', days, now: new Date(now) })

const [current, next, former, old] = await Promise.all([make(30), make(60), make(20), make(1)])
const whole: AuthorityRecord = {
  current,
  next,
  former: [former.certPem, old.certPem],
  switchedAt: NOW - DAY,
}

t.test('what is written is read again', async t => {
  const data = writeAuthority(whole)
  t.strictSame(readAuthority(data, NOW), { record: whole })
  t.strictSame(Object.keys(data).toSorted(), AUTHORITY_KEYS.toSorted())
  t.equal(data['ca.crt'], trustedBy(whole).join(''))
})

t.test('a record without a next or former authority holds no empty keys', async t => {
  const data = writeAuthority({ ...whole, next: undefined, former: [] })
  t.strictSame(Object.keys(data), ['tls.crt', 'tls.key', 'switched-at', 'ca.crt'])
  t.match(readAuthority(data, NOW), { record: { next: undefined, former: [] } })
})

t.test('a former authority that is over is forgotten', async t => {
  const { record } = readAuthority(writeAuthority(whole), NOW + 2 * DAY) as {
    record: AuthorityRecord
  }
  t.strictSame(record.former, [former.certPem])
})

t.test('a next authority that is no good counts as none', async t => {
  const data = { ...writeAuthority(whole), 'next.key': former.keyPem }
  t.match(readAuthority(data, NOW), { record: { next: undefined } })
})

t.test('without the moment of the switch, it is when the authority was made', async t => {
  for (const switched of ['', 'soon'])
    t.match(readAuthority({ ...writeAuthority(whole), 'switched-at': switched }, NOW), {
      record: { switchedAt: NOW },
    })
})

const leaf = await issueCertificate(current, {
  commonName: 'l',
  days: 1,
  now: new Date(NOW),
  usages: ['serverAuth'],
})
const written = writeAuthority(whole)
const problems: readonly [string, AuthorityData, number, string, readonly string[]][] = [
  ['nothing', {}, NOW, 'tls.crt holds no certificate', []],
  [
    'a truncated certificate',
    { ...written, 'tls.crt': current.certPem.slice(0, 300) },
    NOW,
    'tls.crt holds no certificate',
    whole.former,
  ],
  [
    'a leaf in the place of an authority',
    { 'tls.crt': leaf.certPem, 'tls.key': leaf.keyPem },
    NOW,
    'tls.crt is not the certificate of an authority',
    [leaf.certPem],
  ],
  [
    'the key of another',
    { ...written, 'tls.key': next.keyPem },
    NOW,
    'tls.key is not its key',
    [current.certPem, ...whole.former],
  ],
  [
    'a truncated key',
    { ...written, 'tls.key': current.keyPem.slice(0, 300) },
    NOW,
    'tls.key is not its key',
    [current.certPem, ...whole.former],
  ],
  ['no key', { 'tls.crt': current.certPem }, NOW, 'tls.key is not its key', [current.certPem]],
  ['an authority that is over', written, NOW + 31 * DAY, 'tls.crt is not valid now', []],
  ['an authority of the future', written, NOW - DAY, 'tls.crt is not valid now', []],
]
for (const [what, data, now, problem, saved] of problems)
  t.test(`${what} is a problem, and what can be trusted still is`, async t => {
    t.strictSame(readAuthority(data, now), { problem, saved })
  })
