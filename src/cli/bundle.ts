import { strToU8, zipSync } from 'fflate'

/** A file of the bundle, with a sentence for its index. */
export interface BundleFile {
  readonly path: string
  readonly about: string
  readonly text: string
}

/** What should be in it, and is not. */
export interface Missing {
  readonly what: string
  readonly why: string
}

export interface BundleContent {
  readonly files: readonly BundleFile[]
  readonly missing: readonly Missing[]
}

/** Characters of one file, and of all: a mail and an issue take no more. */
const LARGEST_FILE = 8 * 1024 * 1024
const LARGEST = 64 * 1024 * 1024

/** Packs the files with an index of them; `time` is when they were collected. */
export const packBundle = (content: BundleContent, time: Date, version: string): Uint8Array => {
  const { files, missing } = fitted(content)
  const index = indexOf({ files, missing }, time, version)
  const entries = [{ path: 'README.txt', text: index }, ...files].map(
    ({ path, text }) => [path, strToU8(text)] as const,
  )
  return zipSync(Object.fromEntries(entries), { mtime: time })
}

/** What is too long loses its beginning: what was last is what is asked about. */
const fitted = ({ files, missing }: BundleContent): BundleContent => {
  const kept: BundleFile[] = []
  const lost: Missing[] = [...missing]
  let left = LARGEST
  for (const file of files) {
    const room = Math.min(LARGEST_FILE, left)
    const text = file.text.length > room ? file.text.slice(file.text.length - room) : file.text
    if (text.length < file.text.length)
      lost.push({
        what: file.path,
        why: `too long: only its last ${text.length} characters are here`,
      })
    left -= text.length
    kept.push({ ...file, text })
  }
  return { files: kept, missing: lost }
}

const REDACTED = `Redacted, each as <redacted: N bytes>:
  - Secrets: only names, types, keys, sizes, and the end of certificates are here, and what
    stands in those Secrets that could be read is taken out of every other file as well
  - private keys, tokens, passwords, Authorization and cookie headers, user names and passwords
    in addresses, in the clear or as base64
  - variables of containers, unless they are known to be harmless
  - annotations that are not known, and last-applied-configuration
  - whatever looks like a key because no word is written so
Certificates are public, and stay. Names of objects, addresses and logs stay, too: look through
them before you hand this on.`

const indexOf = ({ files, missing }: BundleContent, time: Date, version: string): string => {
  const width = Math.max(...files.map(({ path }) => path.length), 0)
  const gone = missing.map(({ what, why }) => `  ${what}: ${why}`)
  return [
    `Support bundle of gloo-istio ${version}, collected ${time.toISOString()}`,
    '',
    'Files:',
    ...files.map(({ path, about }) => `  ${path.padEnd(width)}  ${about}`),
    '',
    ...(gone.length > 0 ? ['Not here, or not whole:', ...gone] : ['Nothing is missing.']),
    '',
    REDACTED,
    '',
  ].join('\n')
}
