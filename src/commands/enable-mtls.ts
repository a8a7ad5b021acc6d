import { Command, InvalidArgumentError, Option } from 'commander'
import { lineOf } from '../core/explain.ts'
import { textAt } from '../core/json.ts'
import { formatMeshRef } from '../core/mesh.ts'
import { isFinding } from '../core/reasons.ts'
import type { JsonObject } from '../core/types.ts'
import { meshOf } from '../core/upstream-certificates.ts'
import { writeOf } from '../core/write-of.ts'
import { withApi } from './cluster-flags.ts'
import { Refusal } from './exit.ts'
import { addMtlsOptions, type MtlsFlags } from './mtls-running.ts'
import { findUpstream } from './mtls-writing.ts'
import { lookAt, type Seen, setMtls } from './set-upstream-mtls.ts'
import { unsetMtls } from './unset-upstream-mtls.ts'

interface Named {
  readonly name: string
  readonly namespace?: string
}

/** As glooctl has them, and more than one (gloo@v1.22.1:projects/gloo/cli/pkg/cmd/istio). */
interface GlooctlFlags extends MtlsFlags {
  readonly upstream: readonly Named[]
  readonly namespace?: string
}

const collectNamed = (text: string, before: readonly Named[] = []): readonly Named[] => {
  const [first = '', second, ...more] = text.split('/')
  if (first === '' || second === '' || more.length > 0)
    throw new InvalidArgumentError('expected <name> or <namespace>/<name>')
  return [...before, second === undefined ? { name: first } : { namespace: first, name: second }]
}

type Act = (seen: Seen, upstream: JsonObject) => Promise<void>

/** Does the same with each Upstream, whatever became of the one before. Throws Refusal if one was refused. */
const runForEach =
  (act: Act) =>
  (flags: GlooctlFlags): Promise<void> =>
    withApi(flags, async api => {
      const seen = await lookAt(api, flags)
      let isRefused = false
      for (const named of flags.upstream) {
        const { namespace = flags.namespace } = named
        const upstream = await findUpstream(api, seen.facts, { name: named.name, namespace })
        await act(seen, upstream).catch((error: unknown) => {
          if (!(error instanceof Refusal)) throw error
          isRefused = true
        })
      }
      if (isRefused) throw new Refusal()
    })

const tellMapped = (verb: string, { metadata }: JsonObject, more = ''): void => {
  const place = `--name ${textAt(metadata, 'name')} --namespace ${textAt(metadata, 'namespace')}`
  process.stderr.write(`this is: gloo-istio ${verb} upstream mtls ${place}${more}\n`)
}

const enable: Act = async (seen, upstream) => {
  const mesh = meshOf(writeOf(upstream), seen.facts)
  if (isFinding(mesh))
    throw new Error(`${lineOf(mesh)}; name it: gloo-istio set upstream mtls --target-mesh`)
  const reference = formatMeshRef(mesh)
  tellMapped('set', upstream, ` --target-mesh ${reference}`)
  await setMtls(seen, upstream, reference)
}

const disable: Act = async (seen, upstream) => {
  tellMapped('unset', upstream)
  await unsetMtls(seen, upstream, false)
}

const glooctlCommand = (name: string, description: string, act: Act): Command =>
  new Command(name)
    .description(description)
    .addOption(
      new Option('-u, --upstream <[namespace/]name>', 'an Upstream; repeat for more')
        .argParser(collectNamed)
        .makeOptionMandatory(),
    )
    .option(
      '-n, --namespace <namespace>',
      'namespace of those that name none (default: the one where an Upstream of that name is)',
    )
    .action(runForEach(act))

/** `gloo-istio enable-mtls` */
export const enableMtlsCommand = (): Command =>
  addMtlsOptions(
    glooctlCommand(
      'enable-mtls',
      'as glooctl istio enable-mtls: set upstream mtls with the mesh that the Upstream means',
      enable,
    ),
    'mutual TLS is on',
  )

/** `gloo-istio disable-mtls` */
export const disableMtlsCommand = (): Command =>
  addMtlsOptions(
    glooctlCommand('disable-mtls', 'as glooctl istio disable-mtls: unset upstream mtls', disable),
    'mutual TLS is off',
  )
