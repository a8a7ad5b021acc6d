import { readFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type Injected, injectManifests, uninjectManifests } from './cli/inject.ts'
import { ManifestError } from './cli/manifests.ts'
import { MATRIX_FORMATS, type MatrixFormat, printMatrix, printVerdict } from './cli/matrix.ts'
import {
  type Configuration,
  configurationSchema,
  defaultConfiguration,
  factsOf,
  parseConfiguration,
} from './config/configuration.ts'
import { ReadError, readText } from './config/env.ts'
import { violationLines } from './config/violations.ts'
import type { Facts } from './core/types.ts'
import { parseVersion } from './core/version.ts'
import { readBootstrap } from './envoy/bootstrap.ts'
import { LOG_LEVELS, type LogLevel } from './telemetry/log.ts'

/** What the user has to mend, a line each. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The answer is no; it has been printed. */
class Refusal extends Error {
  override readonly name = 'Refusal'
}

const EXIT_REFUSED = 1
const EXIT_USAGE = 2

const readConfiguration = async (file: string): Promise<Configuration> => {
  const parsed = parseConfiguration(await readText(file))
  if ('configuration' in parsed) return parsed.configuration
  throw new UsageError(violationLines(file, parsed.violations).join('\n'))
}

const readFacts = async (file: string | undefined): Promise<Facts> =>
  factsOf(
    file === undefined ? defaultConfiguration() : await readConfiguration(file),
    readBootstrap,
  )

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
}

const runServe = async (flags: ServeFlags): Promise<void> => {
  const facts = factsOf(await readConfiguration(flags.config), readBootstrap)
  const { serve } = await import('./main.ts')
  const serving = await serve({
    ...flags,
    facts,
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

const serveCommand = () =>
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
      '--kubeconfig <file>',
      "cluster of --webhook-configuration (default: $KUBECONFIG, else the pod's own)",
    )
    .addOption(
      new Option('--log-level <level>', 'least level to log').choices(LOG_LEVELS).default('info'),
    )
    .action(runServe)

const manifestsCommand = (
  name: string,
  description: string,
  change: (text: string, facts: Facts) => Injected,
) =>
  new Command(name)
    .description(description)
    .requiredOption('-f, --filename <file>', 'YAML or JSON manifests; - is standard input')
    .option('--config <file>', 'configuration file (YAML); without it no mesh is known')
    .action(async ({ filename, config }: { filename: string; config?: string }) => {
      const facts = await readFacts(config)
      const { manifests, reasons } = change(await readText(filename), facts)
      process.stdout.write(manifests)
      for (const { level, text } of reasons) process.stderr.write(`${paint(level)}: ${text}\n`)
    })

const injectCommand = () =>
  manifestsCommand(
    'inject',
    'print manifests as the webhook would change them; reasons go to stderr',
    injectManifests,
  )

const uninjectCommand = () =>
  manifestsCommand(
    'uninject',
    'print manifests without what gloo-istio added to them; reasons go to stderr',
    uninjectManifests,
  )

const paint = (level: 'info' | 'warning') =>
  level === 'info' ? level : styleText('yellow', level, { stream: process.stderr })

interface MatrixFlags {
  gloo?: string
  istio?: string
  output: MatrixFormat
}

const parseVersionFlag = (text: string): string => {
  if (parseVersion(text) === undefined)
    throw new InvalidArgumentError('expected a version, for instance 1.17.3')
  return text
}

const runMatrix = ({ gloo, istio, output }: MatrixFlags): void => {
  if (gloo === undefined && istio === undefined) {
    process.stdout.write(printMatrix(output))
    return
  }
  if (gloo === undefined || istio === undefined)
    throw new UsageError('--gloo and --istio go together: give both, or neither')
  const { text, fits } = printVerdict(gloo, istio, output)
  process.stdout.write(text)
  if (!fits) throw new Refusal()
}

const matrixCommand = () =>
  new Command('matrix')
    .description('print what works with what; of two versions, what would be done and why')
    .option('--gloo <version>', 'version of Gloo, open source', parseVersionFlag)
    .option('--istio <version>', 'version of Istio', parseVersionFlag)
    .addOption(
      new Option('-o, --output <format>', 'format').choices(MATRIX_FORMATS).default('table'),
    )
    .action(runMatrix)

const configCommand = () => {
  const command = new Command('config').description('look at configuration files')
  command
    .command('validate')
    .description('report everything that is wrong with a configuration file')
    .requiredOption('-f, --filename <file>', 'configuration file (YAML); - is standard input')
    .action(async ({ filename }: { filename: string }) => {
      const { meshes } = await readConfiguration(filename)
      process.stdout.write(
        `${filename}: valid, ${meshes.length} mesh${meshes.length === 1 ? '' : 'es'}\n`,
      )
    })
  command
    .command('schema')
    .description('print the JSON Schema of configuration files, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(configurationSchema(), null, 2)}\n`)
    })
  return command
}

const version = (): string => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The whole command line; also read by the test that keeps its reference true. */
export const buildProgram = (): Command => {
  const program = new Command('gloo-istio')
    .description('mutual TLS between the Gloo API gateway and an Istio mesh')
    .version(version())
    .addCommand(serveCommand())
    .addCommand(injectCommand())
    .addCommand(uninjectCommand())
    .addCommand(matrixCommand())
    .addCommand(configCommand())
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(c => c.commands),
  ])
    command.exitOverride().showHelpAfterError('(--help shows the flags)')
  return program
}

const EXPECTED = [UsageError, ReadError, ManifestError]

/** Runs a command line; answers the exit code: 0 done, 1 failed, 2 the user has to mend something. */
export const run = async (argv: readonly string[]): Promise<number> => {
  try {
    await buildProgram().parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
    if (error instanceof Refusal) return EXIT_REFUSED
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`gloo-istio: ${message}\n`)
    return EXPECTED.some(known => error instanceof known) ? EXIT_USAGE : 1
  }
}
