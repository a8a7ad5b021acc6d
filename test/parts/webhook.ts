import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
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

/** One process of the webhook. */
export interface Replica {
  readonly webhook: Running
  /** What the webhook logged, a JSON object a line. */
  readonly log: () => readonly Record<string, unknown>[]
  /** What it measured, in Prometheus' text form. */
  readonly metrics: () => Promise<string>
  readonly stop: () => Promise<void>
}

export interface Installed extends Replica {
  readonly port: number
  readonly helm: (...args: string[]) => Promise<string>
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
  const started = await startReplica(options, { name: 'gloo-istio', port })
  return { port, helm, ...started }
}

/** Runs the webhook beside the cluster, until it is ready for reviews. */
export const startReplica = async (
  options: InstallOptions,
  process: { readonly name: string; readonly port: number },
): Promise<Replica> => {
  const metricsPort = await freePort()
  const { port } = process
  const webhook = await startProcess({ ...options, ...process, metricsPort })
  const log = () => linesOf(webhook.log)
  await waitUntilReady([webhook], () => isReady(port, log))
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  return { webhook, log, metrics, stop: () => webhook.stop() }
}

/** What /readyz says, which looks at the certificate itself. */
const isReady = async (
  port: number,
  log: () => readonly Record<string, unknown>[],
): Promise<boolean> => {
  if (!log().some(({ msg }) => msg === 'listening')) return false
  return new Promise(resolve => {
    get(`https://127.0.0.1:${port}/readyz`, { rejectUnauthorized: false }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    }).once('error', () => resolve(false))
  })
}

const helmOf = (controlPlane: ControlPlane) => {
  const env = { ...process.env, KUBECONFIG: controlPlane.kubeconfig }
  const { helm } = requirePart('helm')
  return (...args: string[]) => runOrThrow({ file: helm, args, env })
}

interface ProcessOptions extends InstallOptions {
  readonly port: number
  readonly metricsPort: number
  readonly name: string
}

/** As the chart would have it follow the cluster. */
const followFlags = ({ values }: InstallOptions): readonly string[] => {
  const follow = values['follow'] as { enabled?: boolean } | undefined
  const reconcile = values['reconcile'] as Record<string, boolean> | undefined
  if (follow?.enabled === false) return []
  if (reconcile?.['enabled'] === false) return ['--follow']
  const kinds = Object.entries({ upstreams: true, proxies: true, bootstraps: false, ...reconcile })
  const wanted = kinds.filter(([kind, isOn]) => kind !== 'enabled' && isOn).map(([kind]) => kind)
  return ['--follow', `--lease=${NAMESPACE}/${RELEASE}`, `--reconcile=${wanted.join(',')}`]
}

const startProcess = async (options: ProcessOptions) => {
  const { controlPlane, dir, port, metricsPort, name } = options
  const config = join(dir, 'config.yaml')
  writeFileSync(config, await configurationFrom(controlPlane))
  const args = [
    CLI,
    'serve',
    `--config=${config}`,
    '--host=127.0.0.1',
    `--port=${port}`,
    `--metrics-port=${metricsPort}`,
    '--dns-name=127.0.0.1',
    `--webhook-configuration=${RELEASE}.${NAMESPACE}`,
    `--authority-secret=${NAMESPACE}/${RELEASE}-authority`,
    '--drain=0s',
    `--kubeconfig=${await kubeconfigFor(controlPlane, dir)}`,
    ...followFlags(options),
  ]
  return start({
    name,
    file: process.execPath,
    args,
    // As the chart has it with its default limit of 1 Gi.
    env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=614' },
    log: join(dir, `${name}.log`),
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
