import { Option } from 'commander'
import { manifestFacts } from '../cli/manifest-facts.ts'
import { readManifests } from '../cli/manifest-file.ts'
import { factsOf } from '../config/configuration.ts'
import { readText } from '../config/env.ts'
import type { Told } from '../core/live.ts'
import type { Facts } from '../core/types.ts'
import { readBootstrap } from '../envoy/bootstrap.ts'
import { configurationIn } from './configuration-file.ts'

/** Where a command looks: a running cluster, or files. */
export interface SourceFlags {
  readonly filename?: string
  readonly config?: string
  readonly kubeconfig?: string
}

export const toldIn = async (config: string | undefined): Promise<Told> => {
  const configuration = await configurationIn(config)
  return { facts: factsOf(configuration, readBootstrap), meshes: configuration.meshes }
}

/** The facts of the cluster or of the files that the flags name. */
export const factsFrom = async ({ filename, config, kubeconfig }: SourceFlags): Promise<Facts> => {
  const told = await toldIn(config)
  if (filename !== undefined) {
    const { objects } = readManifests(await readText(filename))
    return manifestFacts(
      told,
      objects.map(({ object }) => object),
    )
  }
  // The Kubernetes client takes long to load.
  const { connectTo, gatherWith } = await import('./gathering.ts')
  const api = connectTo(kubeconfig)
  try {
    return await gatherWith(api, told, true)
  } finally {
    api.close()
  }
}

export const sourceOptions = (): readonly Option[] => [
  new Option(
    '-f, --filename <file>',
    'YAML or JSON manifests instead of a cluster; - is standard input',
  ),
  new Option('--config <file>', 'configuration file (YAML) (default: what the cluster tells)'),
  new Option('--kubeconfig <file>', "the cluster (default: $KUBECONFIG, else the pod's own)"),
]
