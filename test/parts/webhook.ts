import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runOrThrow } from './command.ts'
import type { ControlPlane } from './control-plane.ts'
import { requirePart } from './parts.ts'
import { freePort } from './ports.ts'
import { type Running, start, waitUntilReady } from './processes.ts'

const CHART = relative(
  process.cwd(),
  fileURLToPath(new URL('../../charts/gloo-istio', import.meta.url)),
)
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const NAMESPACE = 'gloo-istio'
const RELEASE = 'gloo-istio'

export interface InstallOptions {
  readonly controlPlane: ControlPlane
  readonly dir: string
  /** Values of the chart, beside `webhook.url`. */
  readonly values: Readonly<Record<string, unknown>>
  /** Hears the command line of Helm before it runs. */
  readonly onHelm?: (command: string) => void
}

export interface Installed {
  readonly port: number
  readonly webhook: Running
  readonly helm: (...args: string[]) => Promise<string>
  /** What the webhook logged, a JSON object a line. */
  readonly log: () => readonly Record<string, unknown>[]
  readonly stop: () => Promise<void>
}

/** Installs the chart by Helm, and runs the webhook beside the cluster as the chart's ServiceAccount. */
export const installWebhook = async (options: InstallOptions): Promise<Installed> => {
  const { controlPlane, dir } = options
  const port = await freePort()
  const helm = helmOf(controlPlane)
  const values = join(dir, 'values.json')
  const url = `https://127.0.0.1:${port}/mutate`
  writeFileSync(values, JSON.stringify({ ...options.values, webhook: { url } }))
  const install = [
    'install',
    RELEASE,
    CHART,
    '--namespace',
    NAMESPACE,
    '--create-namespace',
    '--values',
    values,
  ]
  options.onHelm?.(`helm ${install.join(' ')}`)
  await helm(...install)
  const webhook = await startProcess(controlPlane, dir, port)
  const log = () => linesOf(webhook.log)
  await waitUntilReady([webhook], async () =>
    log().some(({ msg }) => msg === 'CA bundle published'),
  )
  return { port, webhook, helm, log, stop: () => webhook.stop() }
}

const helmOf = (controlPlane: ControlPlane) => {
  const env = { ...process.env, KUBECONFIG: controlPlane.kubeconfig }
  const { helm } = requirePart('helm')
  return (...args: string[]) => runOrThrow({ file: helm, args, env })
}

const startProcess = async (controlPlane: ControlPlane, dir: string, port: number) => {
  const config = join(dir, 'config.yaml')
  writeFileSync(config, await configurationFrom(controlPlane))
  const args = [
    CLI,
    'serve',
    `--config=${config}`,
    '--host=127.0.0.1',
    `--port=${port}`,
    '--metrics-port=0',
    '--dns-name=127.0.0.1',
    `--webhook-configuration=${RELEASE}.${NAMESPACE}`,
    `--kubeconfig=${await kubeconfigFor(controlPlane, dir)}`,
  ]
  return start({
    name: 'gloo-istio',
    file: process.execPath,
    args,
    log: join(dir, 'gloo-istio.log'),
  })
}

const configurationFrom = async ({ kubectl }: ControlPlane) => {
  const path = 'jsonpath={.data.config\\.yaml}'
  return (await kubectl('get', 'configmap', RELEASE, '-n', NAMESPACE, '-o', path)).stdout
}

/** A kubeconfig with nothing but the token of the chart's ServiceAccount: its rights are put to the test. */
const kubeconfigFor = async ({ kubectl, url, caFile }: ControlPlane, dir: string) => {
  const { stdout: token } = await kubectl('create', 'token', RELEASE, '-n', NAMESPACE)
  const file = join(dir, 'webhook.kubeconfig')
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'demo', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'gloo-istio', user: { token } }],
    contexts: [{ name: 'demo', context: { cluster: 'demo', user: 'gloo-istio' } }],
    'current-context': 'demo',
  }
  writeFileSync(file, JSON.stringify(kubeconfig), { mode: 0o600 })
  return file
}

const linesOf = (file: string): readonly Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))
