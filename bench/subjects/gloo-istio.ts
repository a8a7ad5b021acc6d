import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  bundleProgram,
  IMAGE_ENVIRONMENT,
  NODE_FLAGS,
  NODE_OPTIONS,
} from '../../test/parts/program.ts'
import { CONFIGURATION } from '../samples.ts'
import type { Place, Subject } from './subject.ts'

const APP = fileURLToPath(new URL('../results/app', import.meta.url))
export const CLI = join(APP, 'dist', 'cli.js')

const configFileIn = (dir: string): string => {
  const file = join(dir, 'config.yaml')
  if (!existsSync(file)) writeFileSync(file, CONFIGURATION)
  return file
}

/** Flags of `gloo-istio serve` that every bench gives. */
export const serveFlags = ({ dir, port, certFile, keyFile, caFile }: Place): readonly string[] => [
  `--config=${configFileIn(dir)}`,
  '--host=127.0.0.1',
  `--port=${port}`,
  '--metrics-port=0',
  '--dns-name=127.0.0.1',
  `--cert-file=${certFile}`,
  `--key-file=${keyFile}`,
  `--ca-file=${caFile}`,
  '--drain=0s',
]

/** The program as its image runs it: bundled, logging, counting, with more flags where a bench needs them. */
export const glooIstio = (more: readonly string[] = []): Subject => ({
  name: 'gloo-istio',
  prepare: async say => {
    const told = setInterval(() => say('gloo-istio: its bundle is being built'), 5_000)
    await bundleProgram(APP).finally(() => clearInterval(told))
  },
  launch: place => ({
    file: process.execPath,
    args: [...NODE_FLAGS, CLI, 'serve', ...serveFlags(place), ...more],
    env: { ...IMAGE_ENVIRONMENT, NODE_OPTIONS },
  }),
})
