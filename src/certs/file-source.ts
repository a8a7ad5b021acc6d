import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CertificateSource, ServingCertificate } from './source.ts'

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
  readonly caFile: string
}

export interface FileSourceOptions extends CertificateFiles {
  /** Milliseconds between two looks at the files. */
  readonly interval: number
  /** Hears why new files were not taken; the certificate in use stays. */
  readonly onError: (error: Error) => void
}

/** A certificate read from files, and read again when their content changes. Throws CertificateError. */
export const fileSource = async (options: FileSourceOptions): Promise<CertificateSource> => {
  let current = await readCertificate(options)
  const listeners: ((certificate: ServingCertificate) => void)[] = []
  // Contents are compared on a clock: file events are lost when a mounted Secret is swapped by symlink.
  const timer = setInterval(() => {
    readCertificate(options)
      .then(read => {
        if (isSame(read, current)) return
        current = read
        for (const listener of listeners) listener(read)
      })
      .catch(options.onError)
  }, options.interval).unref()
  return {
    current: () => current,
    onChange: listener => listeners.push(listener),
    close: () => clearInterval(timer),
  }
}

export class CertificateError extends Error {
  override readonly name = 'CertificateError'
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
