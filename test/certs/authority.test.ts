import { X509Certificate } from 'node:crypto'
import { t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'

const now = new Date('2026-01-01T00:00:00Z')
const authority = await createAuthority({ commonName: 'test authority', days: 10, now })
const leaf = (days: number) =>
  issueCertificate(authority, {
    commonName: 'test',
    dnsNames: ['gloo-istio.example.com'],
    ipAddresses: ['127.0.0.1'],
    uris: ['spiffe://cluster.local/ns/default/sa/details'],
    usages: ['serverAuth'],
    days,
    now,
  })
const ca = new X509Certificate(authority.certPem)
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

t.test('an authority signs, and is itself', async t => {
  t.ok(ca.ca)
  t.ok(ca.verify(ca.publicKey))
  t.match(ca.subject, 'CN=test authority')
})

t.test('a leaf has subject, names, usage, and an issuer that is not itself', async t => {
  const pair = await leaf(5)
  const certificate = new X509Certificate(pair.certPem)
  t.ok(certificate.checkIssued(ca))
  t.ok(certificate.verify(ca.publicKey))
  t.notOk(certificate.ca)
  t.match(certificate.subject, 'CN=test')
  t.not(certificate.subject, ca.subject)
  t.equal(certificate.checkHost('gloo-istio.example.com'), 'gloo-istio.example.com')
  t.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1')
  t.match(certificate.subjectAltName, 'URI:spiffe://cluster.local/ns/default/sa/details')
  t.strictSame(certificate.keyUsage, [SERVER_AUTH])
  t.match(pair.keyPem, /^-----BEGIN PRIVATE KEY-----/)
})

t.test('serial numbers are random and positive', async t => {
  const serials = [
    ca,
    ...(await Promise.all([leaf(1), leaf(1)])).map(pair => new X509Certificate(pair.certPem)),
  ].map(certificate => certificate.serialNumber)
  t.equal(new Set(serials).size, 3)
  for (const serial of serials) t.match(serial, /^[4-7][0-9A-F]{31}$/)
})

t.test('a leaf is good a little before now, and never outlives its authority', async t => {
  const at = (pem: string) => new X509Certificate(pem)
  t.equal(at((await leaf(5)).certPem).validFromDate.getTime(), now.getTime() - 300_000)
  t.equal(at((await leaf(5)).certPem).validToDate.getTime(), now.getTime() + 5 * 86_400_000)
  t.strictSame(at((await leaf(50)).certPem).validToDate, ca.validToDate)
})

t.test('keys are made without holding up the event loop', async t => {
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await createAuthority({ commonName: 'busy', days: 1, now })
  clearInterval(timer)
  t.ok(turns > 3, `${turns} turns`)
})
