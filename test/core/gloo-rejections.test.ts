import { t } from 'tap'
import { rejectionOf } from '../../src/core/gloo-rejections.ts'
import { sslConfigOf } from '../../src/core/ssl-config.ts'
import { parseVersion } from '../../src/core/version.ts'
import { CELLS } from '../harness/cells.ts'
import { formFor } from '../harness/forms.ts'

const on = (gloo: string | undefined) => ({ gloo: parseVersion(gloo), istio: undefined })

const NONE = 'no certificate information found'
const NO_NAME =
  'at least one of certificates_secret_name or validation_context_name must be provided'
const SAN_WITHOUT_CONTEXT = 'must provide validation context name if verifying SAN'
const CRASH = 'sds without callCredentials crashes it'
const HALF = 'both or none of cert chain and private key must be provided'
const SAN_WITHOUT_ROOT = 'a root_ca must be provided if verify_subject_alt_name is not empty'
const PATHS = 'it takes the paths in sslFiles for certificates'

const FILES = { tlsCert: '/cert', tlsKey: '/key', rootCa: '/ca' }
const NAMES = { certificatesSecretName: 'default', validationContextName: 'ROOTCA' }
const CREDENTIALS = { fileCredentialSource: { header: 'h', tokenFileName: '/t' } }
const SANS = { verifySubjectAltName: ['spiffe://a'] }

// sslConfig | Gloo | why it refuses
const configs: readonly [unknown, string | undefined, string | undefined][] = [
  [undefined, '1.22.1', 'sslConfig is not an object'],
  ['text', '1.22.1', 'sslConfig is not an object'],
  [[], '1.22.1', 'sslConfig is not an object'],

  [{}, '0.13.13', NONE],
  [{}, '1.3.23', NONE],
  [{ sni: 'a.b', sslFiles: null }, '1.3.23', NONE],
  [{}, '1.3.24', undefined],
  [{}, '1.4.0', undefined],
  [{}, '1.22.1', undefined],
  [{ secretRef: { name: 'a', namespace: 'b' } }, '0.13.13', undefined],

  [{ sds: {} }, '1.22.1', NO_NAME],
  [{ sds: { targetUri: 'x' }, ...SANS }, '1.22.1', NO_NAME],
  [{ sds: { certificatesSecretName: 'a' } }, '1.22.1', undefined],
  [{ sds: { validationContextName: 'a' }, ...SANS }, '1.22.1', undefined],
  [{ sds: { certificatesSecretName: 'a' }, ...SANS }, '1.22.1', SAN_WITHOUT_CONTEXT],
  [{ sds: { certificatesSecretName: 'a' }, verifySubjectAltName: [] }, '1.22.1', undefined],
  [{ sds: NAMES }, '1.4.17', CRASH],
  [{ sds: { ...NAMES, callCredentials: {} } }, '1.4.17', CRASH],
  [{ sds: { ...NAMES, callCredentials: CREDENTIALS } }, '1.4.17', undefined],
  [{ sds: { ...NAMES, callCredentials: CREDENTIALS } }, '0.13.13', undefined],
  [{ sds: NAMES }, '1.5.0', undefined],

  [{ sslFiles: { tlsCert: '/cert' } }, '1.0.0', HALF],
  [{ sslFiles: { tlsKey: '/key' }, ...SANS }, '1.22.1', HALF],
  [{ sslFiles: { tlsCert: '/cert', tlsKey: '/key' }, ...SANS }, '1.0.0', SAN_WITHOUT_ROOT],
  [{ sslFiles: FILES, ...SANS }, '1.0.0', undefined],
  [{ sslFiles: FILES }, '1.22.1', PATHS],
  [{ sslFiles: FILES }, undefined, undefined],
  [{ sslFiles: FILES }, '1.9', undefined],
  [{ sslFiles: { rootCa: '/ca' } }, '1.9.7', undefined],
  [{ sslFiles: { rootCa: '/ca' } }, '1.9.8', PATHS],
  [{ sslFiles: { rootCa: '/ca' } }, '1.10.6', PATHS],
  [{ sslFiles: { rootCa: '/ca' } }, '1.12.0', undefined],
  [{ sslFiles: { rootCa: '/ca' } }, '1.22.1', undefined],

  [{ ssl_files: { tls_cert: '/cert', tls_key: '/key', root_ca: '/ca' } }, '1.22.1', PATHS],
  [
    { sds: { certificates_secret_name: 'a' }, verify_subject_alt_name: ['x'] },
    '1.5.0',
    SAN_WITHOUT_CONTEXT,
  ],
]
for (const [sslConfig, gloo, expected] of configs)
  t.test(`Gloo ${gloo} ${expected ? 'refuses' : 'takes'} ${JSON.stringify(sslConfig)}`, async t =>
    t.equal(rejectionOf(sslConfig, on(gloo)), expected),
  )

t.test('certificates by their paths are refused exactly where no files fit', async t => {
  for (const { gloo, istio, fits } of CELLS.filter(cell => cell.istio === '1.4'))
    t.equal(
      rejectionOf({ sslFiles: FILES }, { gloo: parseVersion(gloo), istio: parseVersion(istio) }),
      fits.includes('citadel-files') ? undefined : PATHS,
      gloo,
    )
})

t.test('no Gloo refuses what is written for it', async t => {
  const asked = { sni: 'details.example.com', subjectAltNames: ['spiffe://a'] }
  for (const { gloo, istio, fits } of CELLS)
    for (const mode of fits) {
      const form = formFor(mode, gloo, istio)
      const written = [{}, asked].map(also => sslConfigOf(form, '/etc/certs', also))
      const refused = written.map(config => rejectionOf(config, form.pair))
      t.strictSame(refused, [undefined, undefined], `${mode} ${gloo} ${istio}`)
    }
})
