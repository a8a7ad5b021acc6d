import { t } from 'tap'
import { certificateFolder, sslFilesOf, volumeNameOf } from '../../src/core/certificate-paths.ts'
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
  `${LONG}.${LONG}.one`,
  `${LONG}.${LONG}.two`,
]

t.test('every volume name is a DNS label', async t => {
  for (const reference of REFERENCES)
    t.match(volumeNameOf(mesh(reference)), /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, reference)
})

t.test('no two meshes share a volume name', async t => {
  t.equal(
    new Set(REFERENCES.map(reference => volumeNameOf(mesh(reference)))).size,
    REFERENCES.length,
  )
})

t.test('a volume name never changes: what was injected must be recognised', async t => {
  t.equal(
    volumeNameOf(mesh('supergloo-system.istio')),
    'gloo-istio-supergloo-system-istio-c7d9ba0e',
  )
})
