import { textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import { withAdvice } from './advice.ts'
import type { ApiClient } from './api.ts'

/** An object as it would be stored, and what would be said about it. */
export interface Admitted {
  readonly object: JsonObject
  readonly warnings: readonly string[]
}

const ADVICE = {
  403: 'it takes the right to create upstreams.gloo.solo.io there',
  404: 'install Gloo first, and name a namespace that exists',
}

/** What would become of an Upstream: the API server asks its webhooks, and stores nothing. Throws what it says, with what to do. */
export const admitUpstream = async (
  api: Pick<ApiClient, 'request'>,
  upstream: JsonObject,
  signal: AbortSignal,
): Promise<Admitted> => {
  const namespace = textAt(upstream, 'metadata', 'namespace')
  const warnings: string[] = []
  const asking = api.request({
    method: 'POST',
    path: `/apis/gloo.solo.io/v1/namespaces/${encodeURIComponent(namespace)}/upstreams`,
    query: { dryRun: 'All' },
    body: upstream,
    signal,
    onWarning: text => warnings.push(text),
  })
  const what = `an Upstream in namespace ${namespace} cannot be tried out`
  return { object: await withAdvice(asking, what, ADVICE), warnings }
}
