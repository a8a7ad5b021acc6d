import { createPrivateKey, X509Certificate } from 'node:crypto'
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isGood, lifeOf } from './life.ts'
import { certificatesIn, isFor } from './pem.ts'
import type { CertificateSource, ServingCertificate } from './source.ts'

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
  readonly caFile: string
}

export interface FileSourceOptions extends CertificateFiles {
  /** The name by which the API server calls; undefined when it is not known. */
  readonly serverName?: string | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Hears why new files were not taken; the certificate in use stays. */
  readonly onError: (error: unknown) => void
}

/**
 * A certificate read from files, and read again when their content changes. Throws CertificateError.
 * Contents are compared at each check; file events only make it sooner, as they are lost when a mounted Secret is swapped.
 */
export const fileSource = async (options: FileSourceOptions): Promise<CertificateSource> => {
  let current = await readCertificate(options)
  const listeners: ((certificate: ServingCertificate) => void)[] = []
  const take = async () => {
    const read = await readCertificate(options)
    if (isSame(read, current)) return
    checkWorth(options, read, current)
    current = read
    for (const listener of listeners) listener(read)
  }
  const check = () => take().catch(options.onError)
  const stopWatching = watchFolders(options, () => void check())
  return {
    current: () => current,
    onChange: listener => listeners.push(listener),
    wanted: published => {
      const trusted = published.filter(pem => isGood(lifeOf(pem), options.now()))
      // Other replicas may not have read the new files yet, and what they serve must stay trusted.
      return [...new Set([...certificatesIn(current.caPem), ...trusted])]
    },
    check,
    close: stopWatching,
  }
}

export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

/** Hears of what happens in the folders of the files, where the system tells; answers how to stop. */
const watchFolders = (files: CertificateFiles, onEvent: () => void): (() => void) => {
  const folders = new Set([files.certFile, files.keyFile, files.caFile].map(file => dirname(file)))
  const watchers = [...folders].flatMap(folder => {
    try {
      return [watch(folder, { persistent: false }, onEvent).on('error', () => {})]
    } catch {
      return []
    }
  })
  return () => {
    for (const watcher of watchers) watcher.close()
  }
}

/** Throws when what was read would be believed less than the one in use. */
const checkWorth = (
  { certFile, serverName, now }: FileSourceOptions,
  read: ServingCertificate,
  current: ServingCertificate,
): void => {
  const isValid = ({ certPem }: ServingCertificate) => isGood(lifeOf(certPem), now())
  const { validFrom, validTo } = new X509Certificate(read.certPem)
  if (isValid(current) && !isValid(read))
    throw new CertificateError(
      `${certFile} is valid from ${validFrom} to ${validTo}, not now: renew it`,
    )
  if (serverName === undefined || !isFor(current.certPem, serverName)) return
  if (!isFor(read.certPem, serverName))
    throw new CertificateError(`${certFile} is not for ${serverName}: issue it for that name, too`)
}

const readCertificate = async ({ certFile, keyFile, caFile }: CertificateFiles) => {
  const certPem = await read(certFile)
  const keyPem = await read(keyFile)
  const caPem = await read(caFile)
  if (!matches(certFile, certPem, keyFile, keyPem))
    throw new CertificateError(`${keyFile} is not the key of ${certFile}: give a matching pair`)
  parse(caFile, () => new X509Certificate(caPem))
  return { certPem, keyPem, caPem }
}

const matches = (certFile: string, certPem: string, keyFile: string, keyPem: string) => {
  const certificate = parse(certFile, () => new X509Certificate(certPem))
  return certificate.checkPrivateKey(parse(keyFile, () => createPrivateKey(keyPem)))
}

const read = async (file: string) => {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new CertificateError(`cannot read ${file}: check that it is mounted`, { cause })
  }
}

const parse = <T>(file: string, parser: () => T): T => {
  try {
    return parser()
  } catch (cause) {
    throw new CertificateError(`${file} holds no usable PEM`, { cause })
  }
}

const isSame = (a: ServingCertificate, b: ServingCertificate) =>
  a.certPem === b.certPem && a.keyPem === b.keyPem && a.caPem === b.caPem
