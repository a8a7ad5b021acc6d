import { writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { freePort } from '../parts/ports.ts'
import { waitUntilReady } from '../parts/processes.ts'
import {
  configurationFrom,
  type Installation,
  kubeconfigOf,
  logOf,
  type ServeOptions,
  startServe,
} from '../parts/serve-process.ts'

/**
 * Addresses of Services that are this very machine: who listens on one is found without kube-proxy. An
 * argument for kube-apiserver.
 */
export const LOOPBACK_SERVICES = '--service-cluster-ip-range=127.200.0.0/16'

/** The port of the chart's Service. */
const PORT = 443

export interface WebhookPod {
  readonly log: () => readonly Record<string, unknown>[]
  readonly stop: () => Promise<void>
}

/** One pod of the chart's Deployment, as a process where its Service is: arguments, configuration and rights are the chart's. */
export const startWebhookPod = async (
  controlPlane: ControlPlane,
  installation: Installation,
  dir: string,
): Promise<WebhookPod> => {
  const { namespace, fullName } = installation
  const host = textAt(await read(controlPlane, 'service', installation), 'spec', 'clusterIP')
  const deployment = await read(controlPlane, 'deployment', installation)
  const [container] = items(fieldAt(deployment, 'spec', 'template', 'spec', 'containers'))
  const [, ...args] = items(fieldAt(container, 'args')).map(String)
  const file = (kind: string) => join(dir, `${namespace}.${fullName}.${kind}`)
  writeFileSync(file('config'), await configurationFrom(controlPlane, installation))
  writeFileSync(file('kubeconfig'), await kubeconfigOf(controlPlane, installation), { mode: 0o600 })
  const places = [
    '--drain=0s',
    `--host=${host}`,
    `--port=${PORT}`,
    `--config=${file('config')}`,
    `--kubeconfig=${file('kubeconfig')}`,
  ]
  const metricsPort = await freePort()
  const options: ServeOptions = {
    name: `${namespace}.${fullName}`,
    dir,
    port: PORT,
    metricsPort,
    flags: [...args, ...places, `--metrics-port=${metricsPort}`],
  }
  const { running } = await startServe(options)
  await waitUntilReady([running], () => isReady(host))
  return { log: () => logOf(options), stop: () => running.stop() }
}

const read = async (
  { kubectl }: ControlPlane,
  kind: string,
  { namespace, fullName }: Installation,
): Promise<unknown> =>
  JSON.parse((await kubectl('get', kind, fullName, '-n', namespace, '-o', 'json')).stdout)

/** As the kubelet asks: whatever the certificate. */
const isReady = (host: string): Promise<boolean> =>
  new Promise(resolve => {
    get(`https://${host}:${PORT}/readyz`, { rejectUnauthorized: false, agent: false }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    }).once('error', () => resolve(false))
  })
