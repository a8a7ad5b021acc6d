import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type AnyPart, type Part, PartsError } from './part.ts'

const cacheFolder = (): string => {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(cache, 'gloo-istio', 'parts')
}

const folderOf = (part: AnyPart): string => join(cacheFolder(), `${part.name}-${part.version}`)

const assetFiles = ['kube-apiserver', 'etcd', 'kubectl']

/** Kubernetes developers' own folder of binaries, which is taken instead of making them. */
const assetsFolder = (): string | undefined => {
  const folder = process.env['KUBEBUILDER_ASSETS']
  if (!folder) return undefined
  const missing = assetFiles.filter(file => !existsSync(join(folder, file)))
  if (missing.length === 0) return folder
  throw new PartsError(
    `KUBEBUILDER_ASSETS names ${folder}, which lacks ${missing.join(', ')}; ` +
      'add what is missing, or unset the variable to have everything made',
  )
}

/** The part's binaries when all of them are on this machine already. */
export const locate = <B extends Readonly<Record<string, string>>>(
  part: Part<B>,
): B | undefined => {
  const assets = assetsFolder()
  const binaries = part.binaries(file =>
    assets !== undefined && assetFiles.includes(file)
      ? join(assets, file)
      : join(folderOf(part), file),
  )
  return Object.values(binaries).every(file => existsSync(file)) ? binaries : undefined
}

/** Whoever is first has made it: a second process gives up its own copy of the same thing. */
const moveIntoPlace = (from: string, to: string): void => {
  try {
    renameSync(from, to)
  } catch (cause) {
    if (!existsSync(to)) throw new PartsError(`cannot move the finished part to ${to}`, { cause })
  }
}

/** Makes the part in a folder beside its place, so that no half-made one is ever found there. */
export const makeInCache = async (
  part: AnyPart,
  progress: (text: string) => void,
): Promise<void> => {
  const place = folderOf(part)
  mkdirSync(cacheFolder(), { recursive: true })
  const draft = mkdtempSync(`${place}.making-`)
  const discard = (): void => rmSync(draft, { recursive: true, force: true })
  process.once('exit', discard)
  try {
    await part.make(draft, progress)
    moveIntoPlace(draft, place)
  } finally {
    discard()
    process.off('exit', discard)
  }
}
