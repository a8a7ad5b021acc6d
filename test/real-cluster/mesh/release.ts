import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../../src/core/types.ts'
import { CHART, helmOn, imageFlags } from '../release.ts'
import type { Stage } from './stage.ts'

/** Has Helm install the product with these values and no others, and wait until it is ready. */
export const install = async ({ cluster, dir }: Stage, values: JsonObject = {}): Promise<void> => {
  const file = join(dir, 'values.json')
  writeFileSync(file, JSON.stringify(values))
  const flags = ['--create-namespace', '--wait', `--values=${file}`]
  await helmOn(cluster)('install', CHART, ...flags, ...imageFlags(cluster.image))
}
