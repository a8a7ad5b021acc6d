import { type Command, InvalidArgumentError, Option } from 'commander'
import { NAME_PATTERN, NAMESPACE_PATTERN } from '../core/mesh.ts'
import type { Collection } from '../core/snapshot.ts'
import { LOG_LEVELS, type LogLevel } from '../telemetry/log.ts'
import { parseDuration } from './duration.ts'

/** A namespace and a name, as `<namespace>/<name>`. */
export interface NamespacedName {
  readonly namespace: string
  readonly name: string
}

/** What `gloo-istio serve` is told. Durations in milliseconds. */
export interface ServeFlags {
  readonly config: string
  readonly host: string
  readonly port: number
  readonly metricsPort: number
  readonly debugPort?: number
  readonly logLevel: LogLevel
  readonly dnsName?: readonly string[]
  readonly authoritySecret?: NamespacedName
  readonly authorityLife: number
  readonly certificateLife: number
  readonly certFile?: string
  readonly keyFile?: string
  readonly caFile?: string
  readonly webhookConfiguration?: string
  readonly caBundle: 'own' | 'watch'
  readonly tlsMinVersion: '1.2' | '1.3'
  readonly clientCaFile?: string
  readonly clientName: readonly string[]
  readonly maxInFlight: number
  readonly connectionAge: number
  readonly drain: number
  readonly kubeconfig?: string
  readonly follow?: boolean
  readonly lease?: NamespacedName
  readonly reconcile: readonly Collection[]
}

const parsePort = (text: string): number => {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected 0 to 65535')
  return port
}

const parseCount = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('expected 1 to 999999')
  return Number(text)
}

const collect = (value: string, before: readonly string[] = []) => [...before, value]

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

const duration = (flags: string, description: string, milliseconds: number, shown: string) =>
  new Option(flags, description).argParser(parseDuration).default(milliseconds, shown)

const addServing = (command: Command): Command =>
  command
    .requiredOption('--config <file>', 'configuration file (YAML)')
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .option('--port <port>', 'HTTPS port: /mutate, /livez, /readyz; 0 takes any', parsePort, 8443)
    .option('--metrics-port <port>', 'HTTP port: /metrics; 0 takes any', parsePort, 9090)
    .option(
      '--debug-port <port>',
      'HTTP port on 127.0.0.1: /debug/status, /debug/config; 0 takes any (default: off)',
      parsePort,
    )
    .addOption(
      new Option('--tls-min-version <version>', 'least version of TLS')
        .choices(['1.2', '1.3'])
        .default('1.2'),
    )
    .option(
      '--client-ca-file <file>',
      'CA whose client certificates alone may call /mutate (PEM) (default: anyone may call)',
    )
    .addOption(
      new Option(
        '--client-name <name>',
        'common name of these; repeat for more; needs --client-ca-file',
      )
        .argParser(collect)
        .default([], 'any'),
    )
    .option(
      '--max-in-flight <count>',
      'reviews under way at once; one more is answered 429',
      parseCount,
      512,
    )
    .addOption(
      duration(
        '--connection-age <duration>',
        'then a connection ends with its next answer, give or take a tenth; 0s is never',
        300_000,
        '5m',
      ),
    )
    .addOption(
      duration(
        '--drain <duration>',
        'how long to go on answering, but not be ready, at SIGTERM',
        10_000,
        '10s',
      ),
    )

const addCertificates = (command: Command): Command =>
  command
    .option(
      '--dns-name <name>',
      'DNS name or IP address of the certificate; repeat for more: the last is how the API server calls (default: localhost)',
      collect,
    )
    .option(
      '--authority-secret <namespace/name>',
      'Secret in which replicas share the authority of their certificates (default: in memory)',
      parseNamespacedName,
    )
    .addOption(
      duration('--authority-life <duration>', 'life of that authority', 8760 * 3_600_000, '8760h'),
    )
    .addOption(
      duration(
        '--certificate-life <duration>',
        'life of a certificate; a third of --authority-life at most',
        168 * 3_600_000,
        '168h',
      ),
    )
    .option(
      '--cert-file <file>',
      'serving certificate (PEM); goes with the two below (default: made by us)',
    )
    .option('--key-file <file>', 'private key of --cert-file (PEM) (default: made by us)')
    .option('--ca-file <file>', 'CA that signed --cert-file (PEM) (default: made by us)')
    .option(
      '--webhook-configuration <name>',
      'MutatingWebhookConfiguration whose CA bundle is published, mended and read back (default: none)',
    )
    .addOption(
      new Option(
        '--ca-bundle <owner>',
        "whether that bundle is ours to write, or watched as another writes it, cert-manager's cainjector for one",
      )
        .choices(['own', 'watch'])
        .default('own'),
    )

const addCluster = (command: Command): Command =>
  command
    .option(
      '--follow',
      'follow the namespaces, Services, pods, policies, proxies and meshes of the cluster, and decide by them',
    )
    .option(
      '--lease <namespace/name>',
      'bring existing objects in line while holding this Lease; needs --follow (default: none)',
      parseNamespacedName,
    )
    .addOption(
      new Option('--reconcile <kinds>', 'what to bring in line, separated by commas')
        .argParser(parseReconciled)
        .default(Object.values(RECONCILED).flat(), Object.keys(RECONCILED).join(',')),
    )
    .option(
      '--kubeconfig <file>',
      "cluster of --webhook-configuration, --authority-secret and --follow (default: $KUBECONFIG, else the pod's own)",
    )
    .addOption(
      new Option('--log-level <level>', 'least level to log').choices(LOG_LEVELS).default('info'),
    )

/** The flags of `gloo-istio serve`, which its action gets as ServeFlags. */
export const addServeFlags = (command: Command): Command =>
  addCluster(addCertificates(addServing(command)))
