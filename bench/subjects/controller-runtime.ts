import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWithGo } from '../../test/parts/go.ts'
import { madePart } from '../../test/parts/made-part.ts'
import type { Part } from '../../test/parts/part.ts'
import { goFor } from '../../test/parts/tools.ts'
import type { Subject } from './subject.ts'

const fileIn = (name: string): string =>
  fileURLToPath(new URL(`controller-runtime/${name}`, import.meta.url))

const GO_MOD = fileIn('go.mod')

const [, VERSION = ''] =
  /sigs\.k8s\.io\/controller-runtime (v\S+)/.exec(readFileSync(GO_MOD, 'utf8')) ?? []

/** So that a webhook made from other lines is made anew. */
const source = (): string =>
  ['go.mod', 'main.go']
    .reduce((hash, file) => hash.update(readFileSync(fileIn(file))), createHash('sha256'))
    .digest('hex')
    .slice(0, 12)

const PART: Part<{ webhook: string }> = {
  name: 'controller-runtime',
  version: `${VERSION}-${source()}`,
  about: 'a webhook built with Go: about 2 minutes the first time',
  tools: [goFor(GO_MOD)],
  binaries: at => ({ webhook: at('controller-runtime') }),
  make: (folder, progress) =>
    buildWithGo(
      { module: dirname(GO_MOD), packages: ['.'], flags: ['-ldflags', '-s -w'] },
      folder,
      progress,
    ),
}

/** What most webhooks are written with, and with it the same change to the same Upstreams. */
export const controllerRuntime = (): Subject => {
  let webhook = ''
  return {
    name: `controller-runtime ${VERSION} (Go)`,
    prepare: async say => {
      webhook = (await madePart(PART, say)).webhook
    },
    launch: ({ port, certFile }) => ({
      file: webhook,
      args: [`--port=${port}`, `--cert-dir=${dirname(certFile)}`],
    }),
  }
}
