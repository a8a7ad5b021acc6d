import { t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import { bundleOf, certificatesIn, holdsAll, isFor, nameIn } from '../../src/certs/pem.ts'

const make = async () =>
  (await createAuthority({ commonName: 'a', days: 1, now: new Date() })).certPem
const [one, two] = [await make(), await make()]

t.test('a bundle is taken apart and put together again', async t => {
  t.strictSame(certificatesIn(bundleOf([one, two])), [one, two])
  t.strictSame(certificatesIn(''), [])
})

t.test('line ends, text in between and repetitions make no other certificate', async t => {
  const windows = one.replaceAll('\n', '\r\n')
  t.strictSame(certificatesIn(`# ours\n${windows}\n\n${two}${one}`), [one, two])
})

t.test('what is no certificate is left out', async t => {
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  t.strictSame(certificatesIn(broken + one + two.slice(0, 200)), [one])
})

t.test('whether all are there', async t => {
  t.ok(holdsAll([one, two], [two]))
  t.ok(holdsAll([one], []))
  t.notOk(holdsAll([one], [one, two]))
})

t.test('the name that a certificate is for', async t => {
  const authority = await createAuthority({ commonName: 'a', days: 1, now: new Date() })
  const leaf = (names: { dnsNames?: readonly string[]; ipAddresses?: readonly string[] }) =>
    issueCertificate(authority, {
      commonName: 'l',
      days: 1,
      now: new Date(),
      usages: ['serverAuth'],
      ...names,
    })
  t.equal(
    nameIn((await leaf({ dnsNames: ['a.example.com', 'b.example.com'] })).certPem),
    'a.example.com',
  )
  t.equal(nameIn((await leaf({ ipAddresses: ['127.0.0.1'] })).certPem), '127.0.0.1')
  t.equal(nameIn(authority.certPem), '')
  const both = await leaf({ dnsNames: ['*.example.com'], ipAddresses: ['::1'] })
  for (const [name, expected] of Object.entries({
    'a.example.com': true,
    'example.com': false,
    '::1': true,
    '127.0.0.1': false,
  }))
    t.equal(isFor(both.certPem, name), expected, name)
})
