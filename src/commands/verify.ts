import { setTimeout as sleep } from 'node:timers/promises'
import { styleText } from 'node:util'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Paint, verifyJson, verifyText } from '../cli/verify.ts'
import type { Verification } from '../core/verify.ts'
import type { UpstreamWanted } from '../core/verify-decision.ts'
import { addOptions, type ClusterFlags, clusterOptions, withApi } from './cluster-flags.ts'
import { configOption } from './configuration-file.ts'
import { parseDuration } from './duration.ts'
import { Refusal, UsageError } from './exit.ts'
import { toldIn } from './facts-source.ts'
import { parseReference, type Reference } from './reference.ts'

export interface VerifyFlags extends ClusterFlags {
  readonly config?: string
  readonly proxy?: Reference
  readonly adminPort: number
  /** Milliseconds; undefined is not at all. */
  readonly wait?: number
  readonly output: 'text' | 'json'
}

const PORT_MAX = 65_535

const parsePort = (text: string): number => {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port <= PORT_MAX) return port
  throw new InvalidArgumentError(`expected a port, 1 to ${PORT_MAX}`)
}

const POLL_MS = 2_000

const runVerifyUpstream = async (upstream: Reference, flags: VerifyFlags): Promise<void> => {
  const told = await toldIn(flags.config)
  await withApi(flags, async api => {
    const { verifyUpstream } = await import('./verify-upstream.ts')
    const look = () => verifyUpstream({ api, told, upstream, flags })
    const { wanted, found } = await untilProved(look, flags.wait)
    show(wanted, found, flags)
  })
}

interface Looked {
  readonly wanted: UpstreamWanted
  readonly found: Verification
}

/** Looks once more for as long as one may wait, until a request has been seen to go through. */
const untilProved = async (look: () => Promise<Looked>, wait: number | undefined) => {
  if (wait === undefined) return look()
  const { withNoHandshake } = await import('../core/verify.ts')
  const deadline = Date.now() + wait
  for (;;) {
    const { wanted, found } = await look()
    if (found.verdict === 'proved') return { wanted, found }
    if (Date.now() + POLL_MS > deadline)
      return { wanted, found: withNoHandshake(found, String(wanted.clusterNames[0])) }
    await sleep(POLL_MS)
  }
}

const paint: Paint = (colour, text) => styleText(colour, text, { stream: process.stdout })

/** Throws Refusal where the chain breaks, UsageError where nobody could be asked. */
const show = (wanted: UpstreamWanted, found: Verification, { output }: VerifyFlags): void => {
  process.stdout.write(
    output === 'json' ? verifyJson(wanted, found) : verifyText(wanted, found, paint),
  )
  if (found.verdict === 'broken') throw new Refusal(found.break?.message)
  if (found.verdict === 'unasked' && found.break) {
    const { message, hint, code } = found.break
    throw new UsageError(`${message} [${code}]; ${hint}`)
  }
}

/** `gloo-istio verify` */
export const verifyCommand = (): Command => {
  const command = new Command('verify').description('prove that Envoy does what was decided')
  const upstream = command
    .command('upstream')
    .description(
      'ask the Envoy of each gateway proxy how it speaks to an Upstream, with what certificate, and say where the chain breaks',
    )
    .argument('<namespace/name>', 'the Upstream', parseReference)
    .action(runVerifyUpstream)
  addOptions(upstream, [
    new Option(
      '--proxy <namespace/name>',
      'of this proxy only (default: every proxy that serves the Upstream)',
    ).argParser(parseReference),
    new Option('--admin-port <port>', "port of Envoy's admin API in the pod")
      .argParser(parsePort)
      .default(19_000),
    new Option(
      '--wait [duration]',
      'wait until it is proved, a request included; exit 1 when it is not by then',
    )
      .argParser(parseDuration)
      .preset('5m'),
    new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'),
    configOption(),
    ...clusterOptions(),
  ])
  return command
}
