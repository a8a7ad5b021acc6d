import { createHash } from 'node:crypto'
import { t } from 'tap'
import { looksRandom } from '../../src/core/random-looking.ts'

const NAMES = [
  '',
  'aB3',
  'gateway-proxy-7d9f8b6c5-x2x4z',
  'MutatingWebhookConfiguration',
  '/spec/template/spec/containers/0/volumeMounts/1/readOnly',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'TLSV1_ALERT_UNKNOWN_CA_CERTIFICATE',
  '2026-11-28T09_14_17',
  'io.istio.security.v1beta1.PeerAuthentication',
]
for (const name of NAMES) t.test(`"${name}" is a name`, async t => t.notOk(looksRandom(name)))

t.test('of keys of 24 bytes 99 in 100 are known by their look alone', async t => {
  const keys = Array.from({ length: 2_000 }, (_, round) =>
    createHash('sha256').update(String(round)).digest().toString('base64').slice(0, 32),
  )
  const missed = keys.filter(key => !looksRandom(key))
  t.ok(missed.length < keys.length / 100, missed.join(' '))
})
