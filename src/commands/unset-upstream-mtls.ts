import { Command } from 'commander'
import type { MtlsResult } from '../cli/mtls-result.ts'
import { withdrawRequest } from '../core/mtls-request.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import { withApi } from './cluster-flags.ts'
import { addMtlsOptions, finish, type MtlsFlags, waitUntilFinal } from './mtls-running.ts'
import { findUpstream, write } from './mtls-writing.ts'
import { lookAt, type Seen } from './set-upstream-mtls.ts'

interface UnsetMtlsFlags extends MtlsFlags {
  readonly name: string
  readonly namespace?: string
  readonly optOut?: boolean
}

const isFinal = ({ standing }: MtlsResult): boolean =>
  standing === 'off' || standing === 'kept' || standing === 'overruled'

/** Switches an Upstream off, as far as nobody else selects it, and prints what came of it. Throws Refusal. */
export const unsetMtls = async (
  { api, told, facts, flags }: Seen,
  upstream: JsonObject,
  optOut: boolean,
): Promise<void> => {
  const askWith = (known: Facts) => (object: JsonObject) =>
    withdrawRequest(object, known, { optOut, time: new Date().toISOString() })
  const { dryRun = false } = flags
  const first = await write(api, upstream, { ask: askWith(facts), dryRun })
  const last = await waitUntilFinal({ api, told, flags, askWith, isFinal }, first)
  finish(last, flags, 'off')
}

const runUnsetMtls = (flags: UnsetMtlsFlags): Promise<void> =>
  withApi(flags, async api => {
    const seen = await lookAt(api, flags)
    await unsetMtls(seen, await findUpstream(api, seen.facts, flags), flags.optOut === true)
  })

/** `gloo-istio unset upstream mtls` */
export const unsetUpstreamMtlsCommand = (): Command =>
  addMtlsOptions(
    new Command('mtls')
      .description('take the annotations and the certificates of a mesh away from an Upstream')
      .requiredOption('--name <name>', 'name of the Upstream')
      .option(
        '-n, --namespace <namespace>',
        'its namespace (default: the one where an Upstream of that name is)',
      )
      .option('--opt-out', 'keep it out also where its Service or a namespace selects it')
      .action(runUnsetMtls),
    'mutual TLS is off',
  )
