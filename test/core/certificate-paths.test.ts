import { t } from 'tap'
import {
  certificateFolder,
  isOurVolumeName,
  sslFilesOf,
  volumeNameOf,
} from '../../src/core/certificate-paths.ts'
import type { Purpose } from '../../src/core/sidecars.ts'
import { mesh } from '../harness/build.ts'

t.test('the Upstream names the files of the folder that the proxy mounts', async t => {
  const folder = certificateFolder('/etc/certs', mesh('supergloo-system.istio'))
  t.equal(folder, '/etc/certs/supergloo-system/istio')
  t.strictSame(sslFilesOf('/etc/certs', mesh('supergloo-system.istio')), {
    rootCa: `${folder}/root-cert.pem`,
    tlsCert: `${folder}/cert-chain.pem`,
    tlsKey: `${folder}/key.pem`,
  })
})

const LONG = 'x'.repeat(63)
const REFERENCES = [
  'team-a.istio',
  'team-b.istio',
  'team.a-istio',
  'a.b-c',
  'a-b.c',
  'a.b.c',
  'a.b-c.d',
  `${'y'.repeat(36)}.${LONG}`,
  `${LONG}.${LONG}.one`,
  `${LONG}.${LONG}.two`,
]
const PURPOSES: readonly Purpose[] = [
  '',
  'sds',
  'certs',
  'ca',
  'envoy',
  'token',
  'cred',
  'uds',
  'keys',
]
const NAMES = REFERENCES.flatMap(reference =>
  PURPOSES.map(purpose => volumeNameOf(mesh(reference), purpose)),
)

t.test('every volume name is a DNS label', async t => {
  for (const name of NAMES) t.match(name, /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
})

t.test('no two meshes share a volume name, nor do two purposes', async t => {
  t.equal(new Set(NAMES).size, REFERENCES.length * PURPOSES.length)
})

t.test('a volume name can be read', async t => {
  t.match(
    volumeNameOf(mesh('team-a.istio.canary'), 'token'),
    /^gloo-istio-team-a-istio-canary-.*-token$/,
  )
})

t.test('a volume name never changes: what was injected must be recognised', async t => {
  const SUPERGLOO = mesh('supergloo-system.istio')
  t.equal(volumeNameOf(SUPERGLOO), 'gloo-istio-supergloo-system-istio-c7d9ba0e')
  t.equal(volumeNameOf(SUPERGLOO, ''), volumeNameOf(SUPERGLOO))
  t.equal(volumeNameOf(SUPERGLOO, 'ca'), 'gloo-istio-supergloo-system-istio-c7d9ba0e-ca')
})

t.test('our volumes are told by their names', async t => {
  for (const reference of REFERENCES) t.ok(isOurVolumeName(volumeNameOf(mesh(reference), 'certs')))
  for (const name of ['istio-certs', 'gloo-istio', '', 'my-gloo-istio-x'])
    t.notOk(isOurVolumeName(name))
})
