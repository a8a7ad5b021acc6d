import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

export interface ClientCaOptions {
  readonly file: string
  /** Milliseconds between two looks. */
  readonly interval: number
  /** Hears why a new file was not taken; the one in use stays. */
  readonly onError: (error: unknown) => void
}

export interface ClientCa {
  /** PEM. */
  readonly current: () => string
  /** Calls `listener` with each new content. */
  readonly onChange: (listener: (pem: string) => void) => void
  readonly close: () => void
}

export class ClientCaError extends Error {
  override readonly name = 'ClientCaError'
}

/**
 * The authority of client certificates from a file, which is read again and again: events are lost when a
 * mounted Secret is swapped. Throws ClientCaError.
 */
export const openClientCa = async ({
  file,
  interval,
  onError,
}: ClientCaOptions): Promise<ClientCa> => {
  let current = await readCa(file)
  const listeners: ((pem: string) => void)[] = []
  const take = (pem: string) => {
    if (pem === current) return
    current = pem
    for (const listener of listeners) listener(pem)
  }
  const timer = setInterval(() => void readCa(file).then(take).catch(onError), interval)
  timer.unref()
  return {
    current: () => current,
    onChange: listener => listeners.push(listener),
    close: () => clearInterval(timer),
  }
}

const readCa = async (file: string): Promise<string> => {
  try {
    const pem = await readFile(file, 'utf8')
    // Throws when it holds no certificate: then nobody could call.
    new X509Certificate(pem)
    return pem
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new ClientCaError(
      `--client-ca-file ${file} cannot be used (${detail}): give a file of PEM certificates`,
      { cause },
    )
  }
}
