import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { generatedSource } from '../../src/certs/generated-source.ts'
import type { ServingCertificate } from '../../src/certs/source.ts'
import { answersReady } from '../parts/balancer-backend.ts'
import { freePort } from '../parts/ports.ts'
import { waitUntilReady } from '../parts/processes.ts'
import { logOf, startServe } from '../parts/serve-process.ts'
import type { FaultStage } from './stage.ts'

const NAME = 'of-cert-manager'
const COLLECTION = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const CONFIG = 'apiVersion: gloo-istio.io/v1alpha1\nkind: Configuration\nmeshes: []\n'

export const certificateFor = async (name: string, now = new Date()): Promise<ServingCertificate> =>
  (await generatedSource([name], now)).current()

/** A Secret mounted as the kubelet mounts it: all its files change at once, by one symlink. */
const mountIn = (dir: string) => {
  let version = 0
  const write = ({ certPem, keyPem, caPem }: ServingCertificate): void => {
    const folder = `..${++version}`
    mkdirSync(join(dir, folder), { recursive: true })
    const files = { 'tls.crt': certPem, 'tls.key': keyPem, 'ca.crt': caPem }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, folder, name), text)
    symlinkSync(folder, join(dir, '..data_tmp'))
    renameSync(join(dir, '..data_tmp'), join(dir, '..data'))
  }
  const link = (): void => {
    for (const name of ['tls.crt', 'tls.key', 'ca.crt'])
      symlinkSync(join('..data', name), join(dir, name))
  }
  return { write, link }
}

/** A process with certificates of cert-manager's making, and cert-manager: its Secret, and the caBundle that it keeps. */
export const setFilesStage = async (t: Test, { controlPlane, live }: FaultStage) => {
  const dir = t.testdir({ mount: {} })
  const mount = mountIn(join(dir, 'mount'))
  const first = await certificateFor('127.0.0.1')
  mount.write(first)
  mount.link()
  const bundle = (caPem: string) => Buffer.from(caPem).toString('base64')
  const webhook = (caPem: string) => ({
    name: 'nothing.example.com',
    clientConfig: { url: 'https://127.0.0.1:1/mutate', caBundle: bundle(caPem) },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    rules: [
      {
        apiGroups: ['example.com'],
        apiVersions: ['v1'],
        resources: ['nothings'],
        operations: ['CREATE'],
      },
    ],
  })
  await live.api.request({
    method: 'POST',
    path: COLLECTION,
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: NAME },
      webhooks: [webhook(first.caPem)],
    },
  })
  t.teardown(() => live.api.request({ method: 'DELETE', path: `${COLLECTION}/${NAME}` }))
  const inject = (caPem: string) =>
    live.api.request({
      method: 'PATCH',
      path: `${COLLECTION}/${NAME}`,
      body: { webhooks: [webhook(caPem)] },
      contentType: 'application/merge-patch+json',
    })
  const config = join(dir, 'config.yaml')
  writeFileSync(config, CONFIG)
  const port = await freePort()
  const file = (name: string) => join(dir, 'mount', name)
  const options = {
    name: 'files',
    dir,
    port,
    metricsPort: await freePort(),
    flags: [
      `--config=${config}`,
      `--kubeconfig=${controlPlane.kubeconfig}`,
      '--dns-name=127.0.0.1',
      `--cert-file=${file('tls.crt')}`,
      `--key-file=${file('tls.key')}`,
      `--ca-file=${file('ca.crt')}`,
      `--webhook-configuration=${NAME}`,
      '--ca-bundle=watch',
      '--drain=0s',
    ],
  }
  const { running } = await startServe(options)
  t.teardown(() => running.stop())
  await waitUntilReady([running], () => answersReady(port))
  return {
    first,
    write: mount.write,
    inject,
    isReady: () => answersReady(port),
    pid: running.pid,
    log: () => logOf(options),
    registration: () => live.api.request({ path: `${COLLECTION}/${NAME}` }),
  }
}
