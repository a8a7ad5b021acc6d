import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ApiClient } from '../cluster/api.ts'
import { isStatus } from '../cluster/api-status.ts'
import { version } from '../version.ts'
import type { LogLimits } from './bundle-ours.ts'
import { addOptions, type ClusterFlags, clusterOptions, withApi } from './cluster-flags.ts'
import { parseDuration } from './duration.ts'
import { UsageError, unreachable } from './exit.ts'
import { waitFor } from './waiting.ts'

interface BundleFlags extends ClusterFlags, LogLimits {
  readonly output?: string
  readonly namespace?: string
}

/** Whoever asks for a bundle is in a hurry; what is not there by then, the index says. */
const ALL_MS = 120_000

const runBundle = async (flags: BundleFlags): Promise<void> => {
  const time = new Date()
  const file = flags.output ?? `gloo-istio-bundle-${stampOf(time)}.zip`
  if (file === '-' && process.stdout.isTTY)
    throw new UsageError('-o - writes a zip file: redirect it, or name a file by -o')
  const content = await withApi(flags, api => collectWith(api, flags))
  const { packBundle } = await import('../cli/bundle.ts')
  const zip = packBundle(content, time, version())
  await store(file, zip)
  const { files, missing } = content
  const lacks = missing.length === 0 ? '' : `, ${missing.length} not to be had`
  const told = `${file === '-' ? 'standard output' : file}: ${files.length} files${lacks}, ${Math.ceil(zip.length / 1024)} KiB\n`
  if (file === '-') process.stderr.write(told)
  else process.stdout.write(told)
  process.stderr.write('Secrets are redacted; README.txt in it says how, and what is missing.\n')
  process.stderr.write('Look through it before you hand it on.\n')
}

const stampOf = (time: Date): string =>
  time.toISOString().replaceAll(/[-:]/g, '').replace(/\.\d+/, '')

const store = async (file: string, zip: Uint8Array): Promise<void> => {
  if (file === '-') {
    process.stdout.write(zip)
    return
  }
  try {
    await writeFile(file, zip, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? cause.code : cause
    const text = why === 'EEXIST' ? 'it is there already' : String(why)
    throw new UsageError(`cannot write ${file}: ${text}; name another file by -o`, { cause })
  }
}

const collectWith = async (api: ApiClient, flags: BundleFlags) => {
  await reach(api)
  const { collectBundle } = await import('./bundle-collect.ts')
  const signal = AbortSignal.timeout(ALL_MS)
  return waitFor('Collecting from the cluster', () => collectBundle(api, flags, signal))
}

/** Throws where there is no API server at all: then there is nothing to collect. */
const reach = async (api: ApiClient): Promise<void> => {
  try {
    await api.request({ path: '/version' })
  } catch (cause) {
    if (isStatus(cause, 401)) throw notAllowed(cause)
    if (!(cause instanceof Error) || isStatus(cause, 403)) return
    throw unreachable(cause)
  }
}

const notAllowed = (cause: Error): Error =>
  new Error(`the API server does not know you: ${cause.message}; see that kubectl get works`, {
    cause,
  })

const parseTail = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('expected 1 to 999999')
  return Number(text)
}

/** `gloo-istio bundle` */
export const bundleCommand = (): Command =>
  addOptions(
    new Command('bundle')
      .description('collect what a report of a problem needs in a zip file, without secrets')
      .action(runBundle),
    [
      new Option(
        '-o, --output <file>',
        'zip file to write; - is standard output (default: named after the time, in this folder)',
      ),
      new Option(
        '-n, --namespace <namespace>',
        'where gloo-istio is installed (default: wherever it is found)',
      ),
      new Option('--since <duration>', 'how far back logs go: a number and s, m or h')
        .argParser(parseDuration)
        .default(3_600_000, '1h'),
      new Option('--tail <lines>', 'last lines of each log').argParser(parseTail).default(5_000),
      ...clusterOptions(),
    ],
  )
