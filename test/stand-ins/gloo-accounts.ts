import { KubeConfig, KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node'
import { ApiClient } from '../../src/cluster/api.ts'
import { field, isRecord, items } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'

export type Account = (typeof ACCOUNTS)[number]

/** A write that the API server took. */
export interface Written {
  readonly at: Date
  readonly by: Account
  readonly verb: keyof typeof METHODS
  readonly name: string
}

const ACCOUNTS = ['discovery', 'gloo'] as const
const METHODS = { create: 'POST', update: 'PUT', delete: 'DELETE' } as const
const RBAC = 'rbac.authorization.k8s.io'
const ROLE = 'gloo-upstreams'
const RULES = [
  { apiGroups: [''], resources: ['services'], verbs: ['list'] },
  {
    apiGroups: ['gloo.solo.io'],
    resources: ['upstreams'],
    verbs: ['list', 'create', 'update', 'delete'],
  },
]

/** Makes the ServiceAccounts of Gloo with the rights that they need, or leaves them as they are. */
export const makeAccounts = async (kubeConfig: KubeConfig, namespace: string) => {
  const api = KubernetesObjectApi.makeApiClient(kubeConfig)
  const subjects = ACCOUNTS.map(name => ({ kind: 'ServiceAccount', name, namespace }))
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: ROLE }
  const apiVersion = `${RBAC}/v1`
  const binding = `${ROLE}.${namespace}`
  for (const object of [
    ...ACCOUNTS.map(name => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
    })),
    { apiVersion, kind: 'ClusterRole', metadata: { name: ROLE }, rules: RULES },
    { apiVersion, kind: 'ClusterRoleBinding', metadata: { name: binding }, roleRef, subjects },
  ])
    await api.patch(object, undefined, undefined, 'gloo', true, PatchStrategy.ServerSideApply)
}

/** What such a ServiceAccount does; each write that is taken is told. */
export const actAs = (
  { kubeConfig, namespace }: { readonly kubeConfig: KubeConfig; readonly namespace: string },
  by: Account,
  written: (write: Written) => void,
) => {
  const impersonateUser = `system:serviceaccount:${namespace}:${by}`
  const api = new ApiClient(impersonating(kubeConfig, impersonateUser))
  const list = async (path: string) =>
    items(field(await api.request({ path }), 'items')).filter(isRecord)
  const write = async (verb: Written['verb'], upstream: JsonObject) => {
    const { name = '', namespace = '' } = upstream['metadata'] as Record<string, string>
    const path = `/apis/gloo.solo.io/v1/namespaces/${namespace}/upstreams`
    const answer = await api.request({
      method: METHODS[verb],
      path: verb === 'create' ? path : `${path}/${name}`,
      ...(verb !== 'delete' && { body: upstream }),
    })
    written({ at: new Date(), by, verb, name })
    return answer
  }
  return { list, write, close: () => api.close() }
}

export type Actor = ReturnType<typeof actAs>

const impersonating = (kubeConfig: KubeConfig, impersonateUser: string) => {
  const { clusters, contexts, currentContext, users } = kubeConfig
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters,
    contexts,
    currentContext,
    users: users.map(user => ({ ...user, impersonateUser })),
  })
  return config
}
