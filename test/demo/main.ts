import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { explain, findMissing, requirePart } from '../parts/parts.ts'
import { prepareParts } from '../parts/prepare.ts'
import { exitOnSignals } from '../parts/processes.ts'
import {
  annotate,
  createUpstream,
  injectGateway,
  install,
  labelNamespace,
  type Scene,
  setTheScene,
  tellWhy,
  unlabelNamespace,
} from './acts.ts'
import { findMode, type Mode, modes, partsFor } from './modes.ts'
import { narrator as say } from './narrator.ts'
import { type Gateway, Players } from './players.ts'

const DEFAULT = 'citadel-files'

const HELP = `Usage: npm run demo [-- --mode MODE] [--keep]

Plays the SuperGloo tutorial with gloo-istio on real parts, all on 127.0.0.1: a gateway that gets 503
from a mesh workload gets 200 once the Upstream is annotated, and again once its namespace is labelled.

  --mode MODE  how the gateway gets its certificates (default: ${DEFAULT}):
${modes.map(({ name, gloo, istio }) => `               ${name.padEnd(16)}Gloo ${gloo}, Istio ${istio}`).join('\n')}
  --keep       leave everything running until Ctrl-C, and say how to use kubectl on it
  --help       this text
`

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const refuse = (message: string): never => {
  console.error(`${message}\n\n${HELP}`)
  process.exit(2)
}

const readFlags = () => {
  const keep = { type: 'boolean', default: false } as const
  const help = { type: 'boolean', default: false } as const
  const mode = { type: 'string', default: DEFAULT } as const
  try {
    return parseArgs({ options: { keep, help, mode } }).values
  } catch (error) {
    return refuse(messageOf(error))
  }
}

const prepare = async (mode: Mode) => {
  const parts = partsFor(mode)
  const missing = findMissing(parts)
  if (missing.length > 0) {
    console.error(`The demo runs on real parts. Missing:\n${missing.map(explain).join('\n')}`)
    process.exit(1)
  }
  await prepareParts(parts)
}

const keepRunning = async ({ controlPlane }: Scene, gateway: Gateway) => {
  say.title('Everything runs until Ctrl-C. In another terminal:')
  say.command(`export KUBECONFIG=${controlPlane.kubeconfig}`)
  say.command(`export PATH=${dirname(requirePart('kubectl').kubectl)}:$PATH`)
  say.command(`kubectl get upstreams -A`)
  say.command(`curl ${gateway.url}/details/1`)
  // A signal ends this process, and with it all that was started.
  await new Promise<never>(() => {})
}

const flags = readFlags()
if (flags.help) {
  console.log(HELP)
  process.exit(0)
}
const mode = findMode(flags.mode) ?? refuse(`Unknown mode '${flags.mode}'`)
await prepare(mode).catch((error: unknown) => {
  console.error(`The demo cannot start: ${messageOf(error)}`)
  process.exit(1)
})
// Before the folder's own listener: processes go first, so that none writes to it any more.
exitOnSignals()
const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-demo-'))
process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
const players = new Players(dir, mode)
try {
  const scene = await setTheScene(players)
  await install(scene)
  const gateway = await injectGateway(scene)
  const created = await createUpstream(scene, gateway)
  await annotate(scene, gateway, created)
  await labelNamespace(scene, gateway, created)
  await tellWhy(scene)
  if (flags.keep) await keepRunning(scene, gateway)
  await unlabelNamespace(scene, gateway, created)
} catch (error) {
  console.error(`\nThe demo stopped: ${messageOf(error)}`)
  process.exitCode = 1
} finally {
  await players.end()
}
