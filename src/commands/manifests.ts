import { styleText } from 'node:util'
import { Command } from 'commander'
import { type Injected, injectManifests, uninjectManifests } from '../cli/inject.ts'
import { readText } from '../config/env.ts'
import type { ConfiguredMesh } from '../core/detected-meshes.ts'
import type { Facts } from '../core/types.ts'
import { toldIn } from './facts-source.ts'

const manifestsCommand = (
  name: string,
  description: string,
  change: (text: string, facts: Facts, meshes: readonly ConfiguredMesh[]) => Injected,
) =>
  new Command(name)
    .description(description)
    .requiredOption('-f, --filename <file>', 'YAML or JSON manifests; - is standard input')
    .option('--config <file>', 'configuration file (YAML) (default: what the manifests tell)')
    .action(async ({ filename, config }: { filename: string; config?: string }) => {
      const { facts, meshes } = await toldIn(config)
      const { manifests, reasons } = change(await readText(filename), facts, meshes)
      process.stdout.write(manifests)
      for (const { level, text } of reasons) process.stderr.write(`${paint(level)}: ${text}\n`)
    })

/** `gloo-istio inject` */
export const injectCommand = () =>
  manifestsCommand(
    'inject',
    'print manifests as the webhook would change them; reasons go to stderr',
    injectManifests,
  )

/** `gloo-istio uninject` */
export const uninjectCommand = () =>
  manifestsCommand(
    'uninject',
    'print manifests without what gloo-istio added to them; reasons go to stderr',
    uninjectManifests,
  )

const paint = (level: 'info' | 'warning') =>
  level === 'info' ? level : styleText('yellow', level, { stream: process.stderr })
