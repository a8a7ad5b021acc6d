import { isDeepStrictEqual } from 'node:util'
import { KubeConfig } from '@kubernetes/client-node'
import { ApiClient } from '../src/cluster/api.ts'
import { fieldAt, textAt } from '../src/core/json.ts'
import type { AdmissionReview } from '../src/core/respond.ts'
import type { JsonObject } from '../src/core/types.ts'
import { patched } from '../test/harness/patched.ts'
import { UPSTREAM_REVIEW } from './samples.ts'
import type { Measured } from './subjects/subject.ts'

/** What was added to an Upstream; the time at which is left out. */
export interface Additions {
  readonly sslConfig: unknown
  readonly mark: JsonObject
}

/** Pepr adds annotations of its own beside these. */
export const additionsTo = (upstream: JsonObject): Additions => {
  const text = textAt(upstream, 'metadata', 'annotations', 'gloo-istio.io/injected')
  const { since: _, ...mark } = JSON.parse(text || '{}')
  return { sslConfig: fieldAt(upstream, 'spec', 'sslConfig'), mark }
}

const ask = async ({ url, caPem }: Measured): Promise<AdmissionReview> => {
  const { origin, pathname } = new URL(url)
  const caData = Buffer.from(caPem).toString('base64')
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'webhook', server: origin, caData, skipTLSVerify: false },
    { name: 'nobody' },
  )
  const client = new ApiClient(config)
  try {
    const body = JSON.parse(UPSTREAM_REVIEW)
    const answer = await client.request({ method: 'POST', path: pathname, body })
    return answer as unknown as AdmissionReview
  } finally {
    client.close()
  }
}

/** What a webhook adds to the Upstream of the sample. */
const additionsBy = async (server: Measured): Promise<Additions> =>
  additionsTo(patched(JSON.parse(UPSTREAM_REVIEW).request.object, await ask(server)))

/** Throws when what somebody added is not what is wanted: figures of different work say nothing. */
export const mustBeSame = (name: string, found: Additions, wanted: Additions): void => {
  if (isDeepStrictEqual(found, wanted)) return
  const [has, should] = [found, wanted].map(additions => JSON.stringify(additions))
  throw new Error(`${name} adds ${has} to an Upstream, which should be ${should}`)
}

/** Throws when servers do not add the same to the Upstream of the sample; answers what the first adds. */
export const mustAddTheSame = async ([
  first,
  ...others
]: readonly Measured[]): Promise<Additions> => {
  if (first === undefined) throw new Error('there is nobody to ask')
  const wanted = await additionsBy(first)
  for (const server of others) mustBeSame(server.name, await additionsBy(server), wanted)
  return wanted
}
