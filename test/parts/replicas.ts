import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Balancer, startBalancer } from './balancer.ts'
import { answersReady } from './balancer-backend.ts'
import { runOrThrow } from './command.ts'
import type { ControlPlane } from './control-plane.ts'
import type { Order } from './inside.ts'
import { requirePart } from './parts.ts'
import { freePort } from './ports.ts'
import { waitUntilReady } from './processes.ts'
import {
  configurationFrom,
  type Installation,
  kubeconfigOf,
  logOf,
  type ServeOptions,
  type ServeProcess,
  startServe,
} from './serve-process.ts'

export const CHART = fileURLToPath(new URL('../../charts/gloo-istio', import.meta.url))
const INSTALLATION: Installation = { namespace: 'gloo-istio', fullName: 'gloo-istio' }

/** Who makes the serving certificates: all replicas together, in a Secret, or somebody else, in files. */
export type Certificates =
  | 'shared'
  | { readonly certFile: string; readonly keyFile: string; readonly caFile: string }

export interface ReplicasOptions {
  readonly controlPlane: ControlPlane
  /** Where configuration, logs and orders go. */
  readonly dir: string
  /** Namespace and name of the release. Default: gloo-istio in gloo-istio. */
  readonly installation?: Installation
  /** Default: 3. */
  readonly count?: number
  /** The folder of the chart. Default: ours. */
  readonly chart?: string
  /** Values of the chart, beside `webhook.url`. Default: none. */
  readonly values?: Readonly<Record<string, unknown>>
  /** Default: shared. */
  readonly certificates?: Certificates
  /** More flags for `gloo-istio serve`; one that is given twice counts as given here. */
  readonly flags?: readonly string[]
  /** Files and connections that a replica may have open at once. Default: as many as this process. */
  readonly maxFiles?: number
  /** Whether to wait until all are ready. Default: true. */
  readonly wait?: boolean
}

/** A pod of the Deployment, as a process: the same address whenever it is started anew. */
export interface Replica {
  readonly name: string
  readonly port: number
  readonly pid: () => number
  readonly hasExited: () => boolean
  /** What it logged since it was first started: a JSON object a line. */
  readonly log: () => readonly Record<string, unknown>[]
  /** The value of the first series that begins so, of its metrics; undefined when there is none, or nobody to ask. */
  readonly metric: (series: string) => Promise<number | undefined>
  /** Rejects when there is nobody to ask. */
  readonly metrics: () => Promise<string>
  readonly isReady: () => Promise<boolean>
  readonly untilReady: (deadlineMs?: number) => Promise<void>
  /** Starts it, with more flags than before if any are given; does not wait. */
  readonly start: (...flags: readonly string[]) => Promise<void>
  /** As the kubelet ends a pod: SIGTERM, and SIGKILL after the grace period. */
  readonly stop: (graceMs?: number) => Promise<void>
  /** SIGKILL. */
  readonly kill: () => Promise<void>
  /** SIGSTOP until it is thawed: its connections stay open, and nothing answers. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly order: (order: Order) => void
}

export interface Replicas {
  readonly balancer: Balancer
  readonly all: readonly Replica[]
  readonly helm: (...args: readonly string[]) => Promise<string>
  /** One after the other: ended, started anew, ready. */
  readonly roll: () => Promise<void>
  /** Kills them all; what is in the cluster stays. */
  readonly stop: () => Promise<void>
}

/** Far more than the balancer takes to look. */
const HAND_OVER_MS = 30_000
const LOOK_MS = 50
const METRICS_TIMEOUT_MS = 10_000

/** The chart's terminationGracePeriodSeconds. */
const GRACE_MS = 30_000

/** The chart on a real API server, and its replicas as processes behind a balancer. */
export const startReplicas = async (options: ReplicasOptions): Promise<Replicas> => {
  const { controlPlane, dir, count = 3, chart = CHART, values = {}, wait = true } = options
  const balancer = await startBalancer()
  const helm = helmOf(controlPlane)
  const { namespace, fullName } = options.installation ?? INSTALLATION
  const url = `https://127.0.0.1:${balancer.port}/mutate`
  const file = join(dir, 'values.json')
  writeFileSync(
    file,
    JSON.stringify({ ...values, webhook: { ...(values['webhook'] as object), url } }),
  )
  await helm('install', fullName, chart, '-n', namespace, '--create-namespace', '--values', file)
  const flags = await flagsOf(options)
  const names = Array.from({ length: count }, (_, at) => `${fullName}-${at}`)
  const made = await Promise.all(names.map(name => replicaOf(options, name, flags)))
  const all = made.map(replica => ({
    ...replica,
    untilReady: async (deadlineMs?: number) => {
      await replica.untilReady(deadlineMs)
      await untilHandedTo(balancer, replica.name)
    },
  }))
  for (const { name, port } of all) balancer.add(name, port)
  await Promise.all(all.map(({ start }) => start()))
  const stop = async (): Promise<void> => {
    await Promise.all(all.map(({ kill }) => kill()))
    await balancer.stop()
  }
  const roll = async (): Promise<void> => {
    for (const replica of all) {
      await replica.stop()
      await replica.start()
      await replica.untilReady()
    }
  }
  try {
    if (wait) await Promise.all(all.map(({ untilReady }) => untilReady()))
  } catch (error) {
    await stop()
    throw error
  }
  return { balancer, all, helm, roll, stop }
}

/** The balancer looks now and then; until it has, nobody is sent to a replica that has become ready. */
const untilHandedTo = async (balancer: Balancer, name: string): Promise<void> => {
  const deadline = Date.now() + HAND_OVER_MS
  while (balancer.has(name) && !balancer.isReady(name)) {
    if (Date.now() > deadline) throw new Error(`${name} is ready, and the balancer does not see it`)
    await sleep(LOOK_MS)
  }
}

/** What every replica is started with: as the chart has it, but for the addresses. */
const flagsOf = async (options: ReplicasOptions): Promise<readonly string[]> => {
  const { controlPlane, dir, certificates = 'shared', flags = [] } = options
  const { installation = INSTALLATION } = options
  const [config, kubeconfig] = [join(dir, 'config.yaml'), join(dir, 'webhook.kubeconfig')]
  writeFileSync(config, await configurationFrom(controlPlane, installation))
  const access = await kubeconfigOf(controlPlane, installation)
  writeFileSync(kubeconfig, access, { mode: 0o600 })
  const { namespace, fullName } = installation
  return [
    `--config=${config}`,
    `--kubeconfig=${kubeconfig}`,
    '--dns-name=127.0.0.1',
    `--webhook-configuration=${fullName}.${namespace}`,
    ...(certificates === 'shared'
      ? [`--authority-secret=${namespace}/${fullName}-authority`]
      : [
          `--cert-file=${certificates.certFile}`,
          `--key-file=${certificates.keyFile}`,
          `--ca-file=${certificates.caFile}`,
        ]),
    ...followFlags(options),
    ...flags,
  ]
}

const followFlags = ({
  values = {},
  installation = INSTALLATION,
}: ReplicasOptions): readonly string[] => {
  const follow = values['follow'] as { enabled?: boolean } | undefined
  if (follow?.enabled === false) return []
  const { namespace, fullName } = installation
  return ['--follow', `--lease=${namespace}/${fullName}`, '--reconcile=upstreams,proxies']
}

const helmOf = (controlPlane: ControlPlane) => {
  const env = { ...process.env, KUBECONFIG: controlPlane.kubeconfig }
  const { helm } = requirePart('helm')
  return (...args: readonly string[]) => runOrThrow({ file: helm, args, env })
}

const replicaOf = async (
  { dir, maxFiles }: ReplicasOptions,
  name: string,
  flags: readonly string[],
): Promise<Replica> => {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const limit = maxFiles === undefined ? {} : { maxFiles }
  const options: ServeOptions = { name, dir, port, metricsPort, flags, ...limit }
  let current: ServeProcess | undefined
  const serving = (): ServeProcess => {
    if (current === undefined) throw new TypeError(`${name} was never started`)
    return current
  }
  const metrics = () => metricsOn(metricsPort)
  const isReady = () => answersReady(port)
  return {
    name,
    port,
    pid: () => serving().running.pid,
    hasExited: () => serving().running.hasExited(),
    log: () => logOf(options),
    metrics,
    metric: async series => valueIn(await metrics().catch(() => ''), series),
    isReady,
    untilReady: deadlineMs => waitUntilReady([serving().running], isReady, deadlineMs),
    start: async (...more) => {
      current = await startServe({ ...options, flags: [...flags, ...more] })
    },
    stop: (graceMs = GRACE_MS) => serving().running.stop(graceMs),
    kill: async () => {
      if (current?.running.hasExited() !== false) return
      current.signal('SIGKILL')
      await current.running.stop()
    },
    freeze: () => serving().signal('SIGSTOP'),
    thaw: () => serving().signal('SIGCONT'),
    order: order => serving().order(order),
  }
}

/** One that ended, or does not listen yet, is to be asked again: no TypeError, which a mistake of the test would be. */
const metricsOn = async (port: number): Promise<string> => {
  const signal = AbortSignal.timeout(METRICS_TIMEOUT_MS)
  try {
    return await (await fetch(`http://127.0.0.1:${port}/metrics`, { signal })).text()
  } catch (cause) {
    throw new Error(`nobody answers for metrics on port ${port}`, { cause })
  }
}

const valueIn = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find(found => found.startsWith(series))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}
