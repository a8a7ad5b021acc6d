import { Command, InvalidArgumentError, Option } from 'commander'
import type { ApiClient } from '../cluster/api.ts'
import { addOptions, type ClusterFlags, clusterOptions, withApi } from './cluster-flags.ts'
import { configOption } from './configuration-file.ts'
import { UsageError, unreachable } from './exit.ts'
import { toldIn } from './facts-source.ts'
import { waitFor } from './waiting.ts'

interface DashboardFlags extends ClusterFlags {
  readonly config?: string
  readonly port: number
}

const PORT = 8585
const PORT_MAX = 65_535
const PATIENCE_MS = 15_000

const parsePort = (text: string): number => {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= PORT_MAX) return port
  throw new InvalidArgumentError(`expected a number from 0 to ${PORT_MAX}`)
}

const runDashboard = (flags: DashboardFlags): Promise<void> =>
  withApi(flags, async api => {
    const told = await toldIn(flags.config)
    await askOnce(api)
    const showing = await showWith(api, flags, told)
    process.stdout.write(`${showing.url}\n`)
    process.stderr.write('Open this address in a browser of this machine. Ctrl-C ends it.\n')
    await interrupted()
    await showing.close()
  })

/** A page that only ever loads would not say what is wrong with a kubeconfig. */
const askOnce = async (api: ApiClient): Promise<void> => {
  const { isStatus } = await import('../cluster/api-status.ts')
  const signal = AbortSignal.timeout(PATIENCE_MS)
  try {
    await waitFor('Looking for the API server', () => api.request({ path: '/version', signal }))
  } catch (cause) {
    if (isStatus(cause, 403, 404)) return
    throw unreachable(cause)
  }
}

const showWith = async (
  api: ApiClient,
  { port, config, kubeconfig, context }: DashboardFlags,
  told: Awaited<ReturnType<typeof toldIn>>,
) => {
  const [{ show }, { connect }, { version }] = await Promise.all([
    import('../showing.ts'),
    import('../cluster/client.ts'),
    import('../version.ts'),
  ])
  const kubeConfig = connect(kubeconfig, context)
  const about = {
    version: version(),
    cluster: kubeConfig.getCurrentContext() || kubeConfig.getCurrentCluster()?.server || '',
    stage: told.facts.stage,
  }
  try {
    return await show({ api, told, port, about, target: { kubeconfig, context, config } })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!NOT_OURS.includes(code)) throw error
    const what = `cannot listen on port ${port} (${code})`
    throw new UsageError(`${what}: give another by --port; 0 takes any that is free`)
  }
}

/** A port that another program has, or that only root may have. */
const NOT_OURS = ['EADDRINUSE', 'EACCES']

const interrupted = (): Promise<void> =>
  new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve())
  })

/** `gloo-istio dashboard` */
export const dashboardCommand = (): Command =>
  addOptions(
    new Command('dashboard')
      .description('show the way of every Upstream on a page of this machine, as it changes')
      .addOption(
        new Option('--port <port>', 'port on 127.0.0.1; 0 takes any that is free')
          .argParser(parsePort)
          .default(PORT),
      )
      .addOption(configOption())
      .action(runDashboard),
    clusterOptions(),
  )
