import { t } from 'tap'
import { isSecretName } from '../../src/core/secret-names.ts'

const SECRET = [
  'password',
  'DB_PASSWORD',
  'userPass',
  'pwd',
  'clientSecret',
  '--token',
  'X-API-Key',
  'GLOO_LICENSE_KEY',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'Authorization',
  'Set-Cookie',
  'private_key',
  'client-key-data',
  'sessionId',
]
const NOT = [
  'name',
  'secretName',
  'certificatesSecretName',
  'secretRef',
  'secretKeyRef',
  'tokenPath',
  'JWT_POLICY',
  'password_file',
  'automountServiceAccountToken',
  'tokenExpirationSeconds',
  'tlsKey',
  'key',
  '--authority-secret',
  'passthrough',
]

for (const name of SECRET)
  t.test(`${name} is the name of a secret`, async t => t.ok(isSecretName(name)))
for (const name of NOT)
  t.test(`${name} is not the name of a secret`, async t => t.notOk(isSecretName(name)))
