import { Command, InvalidArgumentError, Option } from 'commander'
import { type Configuration, factsOf } from '../config/configuration.ts'
import { processIdentity } from '../config/env.ts'
import { NAME_PATTERN, NAMESPACE_PATTERN } from '../core/mesh.ts'
import type { Collection } from '../core/snapshot.ts'
import type { Facts } from '../core/types.ts'
import { readBootstrap } from '../envoy/bootstrap.ts'
import { LOG_LEVELS, type LogLevel } from '../telemetry/log.ts'
import { readConfiguration } from './configuration-file.ts'
import { UsageError } from './exit.ts'

const parsePort = (text: string): number => {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected 0 to 65535')
  return port
}

const collect = (value: string, before: readonly string[]) => [...before, value]

interface ServeFlags {
  config: string
  host: string
  port: number
  metricsPort: number
  logLevel: LogLevel
  dnsName: readonly string[]
  certFile?: string
  keyFile?: string
  caFile?: string
  webhookConfiguration?: string
  kubeconfig?: string
  follow?: boolean
  lease?: NamespacedName
  reconcile: readonly Collection[]
}

interface NamespacedName {
  readonly namespace: string
  readonly name: string
}

const parseNamespacedName = (text: string): NamespacedName => {
  const [namespace = '', name = '', ...more] = text.split('/')
  if (!NAMESPACE_PATTERN.test(namespace) || !NAME_PATTERN.test(name) || more.length > 0)
    throw new InvalidArgumentError('expected <namespace>/<name>')
  return { namespace, name }
}

/** What may be brought in line, and the collections that each stands for. */
const RECONCILED: Readonly<Record<string, readonly Collection[]>> = {
  upstreams: ['upstreams'],
  proxies: ['deployments', 'daemonSets'],
  bootstraps: ['configMaps'],
}

const parseReconciled = (text: string): readonly Collection[] =>
  text.split(',').flatMap(kind => {
    const collections = RECONCILED[kind]
    if (Object.hasOwn(RECONCILED, kind) && collections) return collections
    throw new InvalidArgumentError(`expected a list of ${Object.keys(RECONCILED).join(', ')}`)
  })

const followOf = (
  { follow, lease, reconcile }: ServeFlags,
  { meshes }: Configuration,
  facts: Facts,
) => {
  if (lease && !follow) throw new UsageError('--lease needs --follow: give both, or neither')
  if (!follow) return undefined
  return {
    told: { facts, meshes },
    lease,
    collections: lease ? reconcile : [],
    identity: processIdentity(),
  }
}

const runServe = async (flags: ServeFlags): Promise<void> => {
  const configuration = await readConfiguration(flags.config)
  const facts = factsOf(configuration, readBootstrap)
  const follow = followOf(flags, configuration, facts)
  const { serve } = await import('../main.ts')
  const serving = await serve({
    ...flags,
    facts,
    follow,
    names: flags.dnsName,
    files: certificateFiles(flags),
    webhookConfiguration: flags.webhookConfiguration,
    kubeconfig: flags.kubeconfig,
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void serving.close())
}

const certificateFiles = ({ certFile, keyFile, caFile }: ServeFlags) => {
  if (certFile !== undefined && keyFile !== undefined && caFile !== undefined)
    return { certFile, keyFile, caFile }
  if (certFile === undefined && keyFile === undefined && caFile === undefined) return undefined
  throw new UsageError('--cert-file, --key-file and --ca-file go together: give all three, or none')
}

/** `gloo-istio serve` */
export const serveCommand = () =>
  new Command('serve')
    .description('serve the webhook over HTTPS until SIGTERM')
    .requiredOption('--config <file>', 'configuration file (YAML)')
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .option('--port <port>', 'HTTPS port: /mutate, /livez, /readyz; 0 takes any', parsePort, 8443)
    .option('--metrics-port <port>', 'HTTP port: /metrics; 0 takes any', parsePort, 9090)
    .option(
      '--dns-name <name>',
      'DNS name or IP address of the generated certificate; repeat for more',
      collect,
      ['localhost'],
    )
    .option('--cert-file <file>', 'serving certificate (PEM), instead of a generated one')
    .option('--key-file <file>', 'private key of --cert-file (PEM)')
    .option('--ca-file <file>', 'CA that signed --cert-file (PEM)')
    .option(
      '--webhook-configuration <name>',
      'MutatingWebhookConfiguration to publish the CA bundle in',
    )
    .option(
      '--follow',
      'follow the namespaces, Services, pods, proxies and meshes of the cluster, and decide by them',
    )
    .option(
      '--lease <namespace/name>',
      'bring existing objects in line while holding this Lease; needs --follow',
      parseNamespacedName,
    )
    .addOption(
      new Option('--reconcile <kinds>', 'what to bring in line, separated by commas')
        .argParser(parseReconciled)
        .default(Object.values(RECONCILED).flat(), Object.keys(RECONCILED).join(',')),
    )
    .option(
      '--kubeconfig <file>',
      "cluster of --webhook-configuration and --follow (default: $KUBECONFIG, else the pod's own)",
    )
    .addOption(
      new Option('--log-level <level>', 'least level to log').choices(LOG_LEVELS).default('info'),
    )
    .action(runServe)
