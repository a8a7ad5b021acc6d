import { t } from 'tap'
import { createMeshAuthority } from '../../certs/mesh.ts'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import {
  certificatesIn,
  certificatesOfFile,
  leadsTo,
  pemOf,
  seenOf,
} from '../../src/envoy/admin-certificates.ts'

const NOW = new Date('2026-01-01T00:00:00Z')
const mesh = await createMeshAuthority('cluster.local', NOW)
const other = await createMeshAuthority('cluster.local', NOW)
const { certPem } = await mesh.issue('gloo-system', 'gateway-proxy')
const IDENTITY = 'spiffe://cluster.local/ns/gloo-system/sa/gateway-proxy'

t.test('a certificate tells whose it is, who signed it and how long it holds', async t => {
  const [own] = certificatesIn(certPem).map(seenOf)
  t.match(own, {
    names: [IDENTITY],
    subject: /CN=gateway-proxy.gloo-system/,
    issuer: 'O=cluster.local, CN=Istio-like root',
    serial: /^[0-9a-f]+$/,
  })
  t.match(own?.until.text, /^2026-04-01T\d\d:\d\d:\d\dZ$/)
  t.equal(own?.until.milliseconds, Date.parse(own?.until.text ?? ''))
  t.ok((own?.from.milliseconds ?? 0) <= NOW.getTime())
})

t.test('one without names has none', async t =>
  t.strictSame(certificatesIn(mesh.rootPem).map(seenOf)[0]?.names, []),
)

// Istio's own certificates have no subject; our authority cannot issue such.
const WITHOUT_SUBJECT = `-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUGwMlP60nr/Hz549IYE2A0w/H9l4wCgYIKoZIzj0EAwIw
ADAgFw0yNjExMjgxMDM2MDdaGA8yMTI2MTEwNDEwMzYwN1owADBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABPBVczG05vQmlTmZRIeLFYVYQ++ATP8dyc0x0ir1c9Pz
i7qDH4v6P7pq6k4/ultr61tCpBWlTfHGx3e5TFnYOeCjgYQwgYEwHQYDVR0OBBYE
FOXQYIpZ8BFj9BNcZDlYxMLwLmgpMB8GA1UdIwQYMBaAFOXQYIpZ8BFj9BNcZDlY
xMLwLmgpMA8GA1UdEwEB/wQFMAMBAf8wLgYDVR0RAQH/BCQwIoYgc3BpZmZlOi8v
Y2x1c3Rlci5sb2NhbC9ucy9hL3NhL2IwCgYIKoZIzj0EAwIDSAAwRQIhAI+5ZYzm
KFLDwxaRuGTp6RK7Y2Q0CiQD7Gtveh2/2AlEAiBX6cBG4QjSuDVLJ5iojM7QbZD7
TiRvk3WUJr3ZrqdNLQ==
-----END CERTIFICATE-----`

t.test('one without a subject', async t =>
  t.match(certificatesIn(WITHOUT_SUBJECT).map(seenOf), [
    { subject: '', issuer: '', names: ['spiffe://cluster.local/ns/a/sa/b'] },
  ]),
)

t.test('names of every kind', async t => {
  const authority = await createAuthority({ commonName: 'a', days: 1, now: NOW })
  const named = await issueCertificate(authority, {
    commonName: 'a',
    dnsNames: ['a.example.com'],
    ipAddresses: ['127.0.0.1'],
    usages: ['serverAuth'],
    days: 1,
    now: NOW,
  })
  t.strictSame(certificatesIn(named.certPem).map(seenOf)[0]?.names, ['a.example.com', '127.0.0.1'])
})

t.test('what cannot be read of a bundle is left out', async t => {
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  t.equal(certificatesIn(certPem + broken + mesh.rootPem).length, 2)
  t.strictSame(certificatesIn('nothing'), [])
})

t.test('bytes come in base64 or as they are', async t => {
  t.equal(pemOf({ inline_bytes: Buffer.from(certPem).toString('base64') }), certPem)
  t.equal(pemOf({ inline_string: certPem }), certPem)
  t.equal(pemOf({ filename: '/c' }), '')
  t.equal(pemOf(undefined), '')
})

t.test('a chain leads to the authority that signed it, and to no other of its name', async t => {
  const chain = certificatesIn(certPem)
  t.ok(leadsTo(chain, certificatesIn(other.rootPem + mesh.rootPem)))
  t.notOk(leadsTo(chain, certificatesIn(other.rootPem)))
  t.notOk(leadsTo([], certificatesIn(mesh.rootPem)))
})

t.test('a chain leads there by what stands between, once each', async t => {
  const chain = certificatesIn(certPem + mesh.rootPem + other.rootPem)
  t.ok(leadsTo(chain, certificatesIn(mesh.rootPem)))
  t.notOk(leadsTo(chain, certificatesIn(other.rootPem)), 'a root that signs itself ends it')
})

t.test('of files Envoy tells names and dates', async t => {
  const certificate = (path: string, name: object) => ({
    path,
    serial_number: 'ABCD',
    subject_alt_names: [name],
    valid_from: '2026-01-01T00:00:00Z',
    expiration_time: '2026-04-01T00:00:00.000Z',
  })
  const answer = {
    certificates: [
      {
        ca_cert: [certificate('/r', {})],
        cert_chain: [certificate('/c', { uri: IDENTITY }), certificate('/d', { dns: 'd' })],
      },
    ],
  }
  t.match(certificatesOfFile(answer, 'cert_chain', '/c'), [
    { names: [IDENTITY], serial: 'abcd', until: { text: '2026-04-01T00:00:00Z' } },
  ])
  t.match(certificatesOfFile(answer, 'cert_chain', '/d'), [{ names: ['d'] }])
  t.match(certificatesOfFile(answer, 'ca_cert', '/r'), [{ names: [] }])
  t.strictSame(certificatesOfFile(answer, 'ca_cert', '/c'), [])
  t.strictSame(certificatesOfFile({}, 'ca_cert', '/c'), [])
})

t.test('a date that is none stays what it is', async t => {
  const answer = { certificates: [{ ca_cert: [{ path: '/r', expiration_time: 'soon' }] }] }
  t.equal(certificatesOfFile(answer, 'ca_cert', '/r')[0]?.until.text, 'soon')
})
