import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWithGo, type GoBuild } from './go.ts'
import type { Part } from './part.ts'
import { goFor } from './tools.ts'

const goMod = fileURLToPath(new URL('istio/go.mod', import.meta.url))

/** Istio tags no Go modules: the version is the day and the commit. */
const [, version = ''] =
  /istio\.io\/istio v0\.0\.0-(\d+-[0-9a-f]+)/.exec(readFileSync(goMod, 'utf8')) ?? []

const build: GoBuild = {
  module: dirname(goMod),
  packages: ['istio.io/istio/pilot/cmd/pilot-agent', 'istio.io/istio/pilot/cmd/pilot-discovery'],
  // The tags are those of Istio's own Makefile.
  flags: ['-tags=vtprotobuf,disable_pgv', '-ldflags=-s -w'],
}

export const istio: Part<{ pilotAgent: string; pilotDiscovery: string }> = {
  name: 'istio',
  version,
  about:
    'Istio’s agent, authority and control plane, built with Go: about 5 minutes the first time',
  tools: [goFor(goMod)],
  binaries: at => ({ pilotAgent: at('pilot-agent'), pilotDiscovery: at('pilot-discovery') }),
  make: (folder, progress) => buildWithGo(build, folder, progress),
}
