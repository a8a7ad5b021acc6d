import { Command } from 'commander'
import type { MtlsResult } from '../cli/mtls-result.ts'
import type { ApiClient } from '../cluster/api.ts'
import { demandProxiesVisible } from '../cluster/proxies-visible.ts'
import type { Told } from '../core/live.ts'
import { requestMtls } from '../core/mtls-request.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import { withApi } from './cluster-flags.ts'
import { toldIn } from './facts-source.ts'
import { targetMeshOption } from './mesh-flag.ts'
import { addMtlsOptions, finish, type MtlsFlags, waitUntilFinal } from './mtls-running.ts'
import { findUpstream, write } from './mtls-writing.ts'

interface SetMtlsFlags extends MtlsFlags {
  readonly name: string
  readonly namespace?: string
  readonly targetMesh: string
}

/** A cluster that was looked at, and what a command was told. */
export interface Seen {
  readonly api: ApiClient
  readonly told: Told
  readonly facts: Facts
  readonly flags: MtlsFlags
}

/** Looks at the cluster of the flags. */
export const lookAt = async (api: ApiClient, flags: MtlsFlags): Promise<Seen> => {
  const { gatherWith } = await import('./gathering.ts')
  const told = await toldIn(flags.config)
  return { api, told, flags, facts: await gatherWith(api, told, true) }
}

const isFinal = ({ standing }: MtlsResult): boolean => standing !== 'waiting'

/** Switches an Upstream on, and prints what came of it. Throws Refusal. */
export const setMtls = async (
  { api, told, facts, flags }: Seen,
  upstream: JsonObject,
  mesh: string,
): Promise<void> => {
  const askWith = (known: Facts) => (object: JsonObject) =>
    requestMtls(object, mesh, known, new Date().toISOString())
  await demandProxiesVisible(api)
  const { dryRun = false } = flags
  const first = await write(api, upstream, { ask: askWith(facts), dryRun })
  const last = await waitUntilFinal({ api, told, flags, askWith, isFinal }, first)
  finish(last, flags, 'on')
}

const runSetMtls = (flags: SetMtlsFlags): Promise<void> =>
  withApi(flags, async api => {
    const seen = await lookAt(api, flags)
    await setMtls(seen, await findUpstream(api, seen.facts, flags), flags.targetMesh)
  })

/** `gloo-istio set upstream mtls` */
export const setUpstreamMtlsCommand = (): Command =>
  addMtlsOptions(
    new Command('mtls')
      .description(
        'have an Upstream use the certificates of a mesh, once all that it takes is there',
      )
      .requiredOption('--name <name>', 'name of the Upstream')
      .option(
        '-n, --namespace <namespace>',
        'its namespace (default: the one where an Upstream of that name is)',
      )
      .addOption(
        targetMeshOption('the mesh; gloo-istio get meshes lists them').makeOptionMandatory(),
      )
      .action(runSetMtls),
    'mutual TLS is on',
  )
