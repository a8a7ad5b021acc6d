import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWithGo, type GoBuild } from './go.ts'
import type { Part } from './part.ts'
import { goFor } from './tools.ts'

const goMod = fileURLToPath(new URL('helm3/go.mod', import.meta.url))

const [, version = ''] = /helm\.sh\/helm\/v3 (v3\.\d+\.\d+)/.exec(readFileSync(goMod, 'utf8')) ?? []

const build: GoBuild = {
  module: dirname(goMod),
  packages: ['helm.sh/helm/v3/cmd/helm'],
  flags: [`-ldflags=-s -w -X helm.sh/helm/v3/internal/version.version=${version}`],
}

/** The last of its line: what most clusters were installed with, and will be upgraded from. */
export const helm3: Part<{ helm: string }> = {
  name: 'helm3',
  version,
  about: 'Helm 3, built with Go: about 3 minutes the first time',
  tools: [goFor(goMod)],
  binaries: at => ({ helm: at('helm') }),
  make: (folder, progress) => buildWithGo(build, folder, progress),
}
