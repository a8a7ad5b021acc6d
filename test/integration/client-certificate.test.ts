import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import { manifest, must } from '../demo/stage.ts'
import { upstream } from '../harness/build.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'
import { startReplicas } from '../parts/replicas.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')

/** What has kube-apiserver show this certificate to every webhook. */
const admissionConfiguration = (dir: string, pair: { certPem: string; keyPem: string }) => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const user = {
    'client-certificate-data': base64(pair.certPem),
    'client-key-data': base64(pair.keyPem),
  }
  const kubeConfigFile = join(dir, 'webhooks.kubeconfig')
  const kubeconfig = { apiVersion: 'v1', kind: 'Config', users: [{ name: '*', user }] }
  writeFileSync(kubeConfigFile, JSON.stringify(kubeconfig))
  const file = join(dir, 'admission.json')
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'WebhookAdmissionConfiguration',
    kubeConfigFile,
  }
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AdmissionConfiguration',
      plugins: [{ name: 'MutatingAdmissionWebhook', configuration }],
    }),
  )
  return file
}

t.test('a webhook that only kube-apiserver may call', { skip }, async t => {
  const dir = t.testdir()
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'clients', ...life })
  const usages = ['clientAuth'] as const
  const client = await issueCertificate(authority, {
    commonName: 'kube-apiserver',
    usages,
    ...life,
  })
  const caFile = join(dir, 'clients.pem')
  writeFileSync(caFile, authority.certPem)
  const controlPlane = await startControlPlane({
    dir: join(dir, 'control-plane'),
    extraArgs: [`--admission-control-config-file=${admissionConfiguration(dir, client)}`],
  })
  t.teardown(() => controlPlane.stop())
  await must(controlPlane, 'create', 'namespace', 'gloo-system')
  await must(controlPlane, 'apply', '-f', manifest('upstream-crd'))
  const replicas = await startReplicas({
    controlPlane,
    dir,
    count: 1,
    values: { webhook: { failurePolicy: 'Fail' }, follow: { enabled: false } },
    flags: [`--client-ca-file=${caFile}`, '--drain=0s'],
  })
  t.teardown(() => replicas.stop())
  const [replica] = replicas.all
  let count = 0
  const create = () => {
    const file = join(dir, `upstream-${++count}.json`)
    const object = upstream()
    const metadata = { ...Object(object['metadata']), name: `upstream-${count}` }
    writeFileSync(file, JSON.stringify({ ...object, metadata }))
    return controlPlane.kubectl('create', '-f', file)
  }
  t.equal((await create()).code, 0)
  t.ok(
    replica?.log().some(({ name }) => name === 'upstream-1'),
    'it was reviewed',
  )
  await replica?.stop()
  await replica?.start('--client-name=somebody-else')
  await replica?.untilReady()
  const { code, stderr } = await create()
  t.not(code, 0)
  t.match(
    stderr,
    /gloo-istio: the caller is called .*kube-apiserver.*, which is not among the names/,
  )
})
