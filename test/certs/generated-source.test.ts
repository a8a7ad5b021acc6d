import { X509Certificate } from 'node:crypto'
import { t } from 'tap'
import { generatedSource } from '../../src/certs/generated-source.ts'

t.test('the certificate carries the names it was made for, and its CA apart', async t => {
  const source = await generatedSource(['webhook.example.com', '127.0.0.1', '::1'], new Date())
  const { certPem, caPem } = source.current()
  const certificate = new X509Certificate(certPem)
  t.equal(certificate.checkHost('webhook.example.com'), 'webhook.example.com')
  t.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1')
  t.equal(certificate.checkIP('::1'), '::1')
  t.ok(certificate.verify(new X509Certificate(caPem).publicKey))
  t.not(certPem, caPem)
  source.onChange(() => t.fail('it does not change'))
  source.close()
})
