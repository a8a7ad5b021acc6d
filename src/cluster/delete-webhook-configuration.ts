import { withAdvice } from './advice.ts'
import type { ApiClient } from './api.ts'
import { isStatus } from './api-status.ts'

/** v1 from Kubernetes 1.16; v1beta1 is all that older ones have. */
const VERSIONS = ['v1', 'v1beta1']

const ADVICE = { 403: 'it takes the right to delete it' }

/** Answers whether there was one. Throws what the API server says, with what to do. */
export const deleteWebhookConfiguration = (
  api: Pick<ApiClient, 'request'>,
  name: string,
  signal: AbortSignal,
): Promise<boolean> =>
  withAdvice(
    deleteInAnyVersion(api, name, signal),
    `MutatingWebhookConfiguration ${name} cannot be deleted`,
    ADVICE,
  )

const deleteInAnyVersion = async (
  api: Pick<ApiClient, 'request'>,
  name: string,
  signal: AbortSignal,
): Promise<boolean> => {
  for (const version of VERSIONS) {
    const path = `/apis/admissionregistration.k8s.io/${version}/mutatingwebhookconfigurations/${encodeURIComponent(name)}`
    // A version that is not served and an object that is not there are the same answer.
    if (await isFound(api.request({ method: 'DELETE', path, signal }))) return true
  }
  return false
}

const isFound = async (request: Promise<unknown>): Promise<boolean> => {
  try {
    await request
    return true
  } catch (error) {
    if (isStatus(error, 404)) return false
    throw error
  }
}
