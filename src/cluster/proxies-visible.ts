import { withAdvice } from './advice.ts'
import type { ApiClient } from './api.ts'

const KINDS = ['deployments', 'daemonsets']

const ADVICE = {
  403: 'it takes the right to list deployments.apps and daemonsets.apps, or an Upstream would be switched on before its proxy carries the mesh',
}

/** Throws, and says what to do, unless one may see the proxies: those that are not seen are not waited for either. */
export const demandProxiesVisible = async (api: Pick<ApiClient, 'request'>): Promise<void> => {
  const asking = KINDS.map(kind =>
    api.request({ path: `/apis/apps/v1/${kind}`, query: { labelSelector: 'gloo', limit: 1 } }),
  )
  await withAdvice(Promise.all(asking), 'the proxies of Gloo cannot be seen', ADVICE)
}
