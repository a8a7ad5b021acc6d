import { X509Certificate } from 'node:crypto'
import { textAt } from '../core/json.ts'
import type { ApiClient } from './api.ts'
import { isStatus } from './api-status.ts'

/** Citadel's own key of the certificate (istio@1.0.6:security/pkg/pki/ca/controller/secret.go). */
const CERTIFICATE = 'cert-chain.pem'

/**
 * When the certificates of Citadel's Secrets end (RFC 3339), by `namespace/name`; those that are not there, cannot be
 * seen or hold none are left out. Nothing else of a Secret is kept.
 */
export const readCertificateEnds = async (
  api: Pick<ApiClient, 'request'>,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> => {
  const ends = await Promise.all(
    secrets.map(async secret => [secret, await endOf(api, secret, signal)] as const),
  )
  return new Map(ends.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

const endOf = async (
  api: Pick<ApiClient, 'request'>,
  secret: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const [namespace = '', name = ''] = secret.split('/').map(encodeURIComponent)
  try {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`
    return endIn(textAt(await api.request({ path, signal }), 'data', CERTIFICATE))
  } catch (error) {
    if (isStatus(error, 403, 404)) return undefined
    throw error
  }
}

const endIn = (base64: string): string | undefined => {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64')).validToDate.toISOString()
  } catch {
    return undefined
  }
}
