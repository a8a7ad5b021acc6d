import { Command } from 'commander'
import { type Injected, injectManifests, uninjectManifests } from '../cli/inject.ts'
import { readText } from '../config/env.ts'
import type { ConfiguredMesh } from '../core/detected-meshes.ts'
import { injectProxies, uninjectProxies } from '../core/proxies-by-name.ts'
import type { Facts } from '../core/types.ts'
import { addOptions, clusterOptions } from './cluster-flags.ts'
import { UsageError } from './exit.ts'
import { toldIn } from './facts-source.ts'
import { changeProxies } from './proxies-live.ts'
import { forceOption, type ProxyFlags, proxyOptions } from './proxy-flags.ts'
import type { Verb } from './proxy-writing.ts'
import { tell } from './telling.ts'

interface Flags extends ProxyFlags {
  readonly filename?: string
}

type ChangeManifests = (text: string, facts: Facts, meshes: readonly ConfiguredMesh[]) => Injected

const printManifests = async (
  filename: string,
  config: string | undefined,
  change: ChangeManifests,
): Promise<void> => {
  const { facts, meshes } = await toldIn(config)
  const { manifests, reasons } = change(await readText(filename), facts, meshes)
  process.stdout.write(manifests)
  for (const { level, text } of reasons) tell(level, text)
}

const changeEither = async (
  { filename, ...flags }: Flags,
  change: ChangeManifests,
  verb: Verb,
): Promise<void> => {
  if (filename !== undefined) return printManifests(filename, flags.config, change)
  if (flags.proxy.length > 0) return changeProxies(flags, verb)
  throw new UsageError(
    'give --proxy <namespace/name> to change a proxy of the cluster, or -f <file> to have manifests printed',
  )
}

const withOptions = (command: Command): Command =>
  addOptions(
    addOptions(
      command
        .option('-f, --filename <file>', 'YAML or JSON manifests to print; - is standard input')
        .option(
          '--config <file>',
          'configuration file (YAML) (default: what the manifests or the cluster tell)',
        ),
      proxyOptions(),
    ),
    clusterOptions(),
  )

/** `gloo-istio inject` */
export const injectCommand = (): Command =>
  withOptions(new Command('inject'))
    .description('give proxies the certificates, in the cluster or in manifests that are printed')
    .action((flags: Flags) =>
      changeEither(flags, injectManifests, { done: 'injected', plan: injectProxies }),
    )

/** `gloo-istio uninject` */
export const uninjectCommand = (): Command =>
  withOptions(new Command('uninject'))
    .description('take away what was added, in the cluster or in manifests that are printed')
    .addOption(forceOption())
    .action((flags: Flags) => {
      const isForced = flags.force === true
      return changeEither(flags, uninjectManifests, {
        done: 'uninjected',
        plan: (proxies, facts) => uninjectProxies(proxies, facts, { isForced }),
      })
    })
