import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answersReady } from './balancer-backend.ts'
import { runOrThrow } from './command.ts'
import type { ControlPlane } from './control-plane.ts'
import { requirePart } from './parts.ts'
import { freePort } from './ports.ts'
import { type Running, waitUntilReady } from './processes.ts'
import { configurationFrom, kubeconfigOf, logOf, startServe } from './serve-process.ts'

const CHART = relative(
  process.cwd(),
  fileURLToPath(new URL('../../charts/gloo-istio', import.meta.url)),
)
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
  const { running: webhook } = await startProcess({ ...options, ...process, metricsPort })
  const log = () => logOf({ dir: options.dir, name: process.name })
  await waitUntilReady([webhook], () => answersReady(port))
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  return { webhook, log, metrics, stop: () => webhook.stop() }
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
  const { controlPlane, dir } = options
  const [config, kubeconfig] = [join(dir, 'config.yaml'), join(dir, 'webhook.kubeconfig')]
  const installation = { namespace: NAMESPACE, fullName: RELEASE }
  writeFileSync(config, await configurationFrom(controlPlane, installation))
  writeFileSync(kubeconfig, await kubeconfigOf(controlPlane, installation), { mode: 0o600 })
  const flags = [
    `--config=${config}`,
    '--dns-name=127.0.0.1',
    `--webhook-configuration=${RELEASE}.${NAMESPACE}`,
    `--authority-secret=${NAMESPACE}/${RELEASE}-authority`,
    '--drain=0s',
    `--kubeconfig=${kubeconfig}`,
    ...followFlags(options),
  ]
  return startServe({ ...options, flags })
}
