import { Option } from 'commander'
import { manifestFacts } from '../cli/manifest-facts.ts'
import { readManifests } from '../cli/manifest-file.ts'
import { factsOf } from '../config/configuration.ts'
import { readText } from '../config/env.ts'
import type { Told } from '../core/live.ts'
import type { Facts } from '../core/types.ts'
import { readBootstrap } from '../envoy/bootstrap.ts'
import { type ClusterFlags, clusterOptions, withApi } from './cluster-flags.ts'
import { configOption, configurationIn } from './configuration-file.ts'

/** Where a command looks: a running cluster, or files. */
export interface SourceFlags extends ClusterFlags {
  readonly filename?: string
  readonly config?: string
}

export const toldIn = async (config: string | undefined): Promise<Told> => {
  const configuration = await configurationIn(config)
  return { facts: factsOf(configuration, readBootstrap), meshes: configuration.meshes }
}

/** The facts of the cluster or of the files that the flags name. */
export const factsFrom = async (flags: SourceFlags): Promise<Facts> => {
  const { filename, config } = flags
  const told = await toldIn(config)
  if (filename !== undefined) {
    const { objects } = readManifests(await readText(filename))
    return manifestFacts(
      told,
      objects.map(({ object }) => object),
    )
  }
  return withApi(flags, async api => {
    const { gatherWith } = await import('./gathering.ts')
    return gatherWith(api, told, true)
  })
}

export const sourceOptions = (): readonly Option[] => [
  new Option(
    '-f, --filename <file>',
    'YAML or JSON manifests instead of a cluster; - is standard input',
  ),
  configOption(),
  ...clusterOptions(),
]
