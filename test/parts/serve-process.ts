import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from './control-plane.ts'
import { ORDERS_VARIABLE, type Order } from './inside.ts'
import { type Running, start } from './processes.ts'
import { CLI, IMAGE_ENVIRONMENT, NODE_FLAGS, NODE_OPTIONS } from './program.ts'

const INSIDE = new URL('inside.ts', import.meta.url).href

/** What one process of `gloo-istio serve` is started with. */
export interface ServeOptions {
  readonly name: string
  /** Where its log and its orders go. */
  readonly dir: string
  readonly port: number
  readonly metricsPort: number
  /** More flags, behind those that every process has. A flag that is given twice counts as given last. */
  readonly flags: readonly string[]
  /** More environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Files and connections that it may have open at once. Default: as many as this process. */
  readonly maxFiles?: number
}

/** By what its files are found. */
type Named = Pick<ServeOptions, 'dir' | 'name'>

/** A process that is running, and how to make it suffer. */
export interface ServeProcess {
  readonly running: Running
  readonly signal: (signal: NodeJS.Signals) => void
  /** Has the process do harm to itself. */
  readonly order: (order: Order) => void
}

const fileOf = ({ dir, name }: Named, kind: string): string => join(dir, `${name}.${kind}`)

const programOf = ({ maxFiles }: ServeOptions, args: readonly string[]) =>
  maxFiles === undefined
    ? { file: process.execPath, args }
    : {
        file: '/bin/sh',
        args: ['-c', `ulimit -n ${maxFiles} && exec "$@"`, 'sh', process.execPath, ...args],
      }

export const startServe = async (options: ServeOptions): Promise<ServeProcess> => {
  const { name, port, metricsPort, flags, env } = options
  const orders = fileOf(options, 'orders')
  const own = [`--host=127.0.0.1`, `--port=${port}`, `--metrics-port=${metricsPort}`]
  const running = await start({
    name,
    ...programOf(options, [...NODE_FLAGS, CLI, 'serve', ...own, ...flags]),
    env: {
      ...process.env,
      ...IMAGE_ENVIRONMENT,
      NODE_OPTIONS: `${NODE_OPTIONS} --import=${INSIDE}`,
      [ORDERS_VARIABLE]: orders,
      ...env,
    },
    log: fileOf(options, 'log'),
  })
  const { pid } = running
  return {
    running,
    signal: signal => void process.kill(pid, signal),
    order: order => {
      writeFileSync(orders, JSON.stringify(order))
      process.kill(pid, 'SIGUSR2')
    },
  }
}

/**
 * What it logged since its file was made, by this process and those before it: a JSON object a line. A line
 * without an end is being written.
 */
export const logOf = (options: Named): readonly Record<string, unknown>[] =>
  readFileSync(fileOf(options, 'log'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))

export interface Installation {
  readonly namespace: string
  /** Of the chart's ConfigMap and ServiceAccount. */
  readonly fullName: string
}

/** The configuration that the chart made. */
export const configurationFrom = async (
  { kubectl }: ControlPlane,
  { namespace, fullName }: Installation,
): Promise<string> => {
  const path = 'jsonpath={.data.config\\.yaml}'
  return (await kubectl('get', 'configmap', fullName, '-n', namespace, '-o', path)).stdout
}

/** A kubeconfig with nothing but the token of the chart's ServiceAccount: its rights are put to the test. */
export const kubeconfigOf = async (
  { kubectl, url, caFile }: ControlPlane,
  { namespace, fullName }: Installation,
): Promise<string> => {
  const { stdout: token } = await kubectl('create', 'token', fullName, '-n', namespace)
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'gloo-istio', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'gloo-istio' } }],
    'current-context': 'test',
  })
}
