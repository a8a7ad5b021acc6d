import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWithGo, type GoBuild } from './go.ts'
import type { Part } from './part.ts'
import { goFor } from './tools.ts'

const goMod = fileURLToPath(new URL('promtool/go.mod', import.meta.url))

/** Prometheus 3.16.0 is the Go module v0.316.0. */
const [, version = ''] =
  /github\.com\/prometheus\/prometheus (v\d+\.\d+\.\d+)/.exec(readFileSync(goMod, 'utf8')) ?? []

const build: GoBuild = {
  module: dirname(goMod),
  packages: ['github.com/prometheus/prometheus/cmd/promtool'],
  // Rules are checked without a cloud to scrape: most of the code is clients of those. go.sum knows no more.
  flags: ['-tags=remove_all_sd', '-ldflags=-s -w'],
}

export const promtool: Part<{ promtool: string }> = {
  name: 'promtool',
  version,
  about: 'Prometheus’ checker of rules, built with Go: about 3 minutes the first time',
  tools: [goFor(goMod)],
  binaries: at => ({ promtool: at('promtool') }),
  make: (folder, progress) => buildWithGo(build, folder, progress),
}
