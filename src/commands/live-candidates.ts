import type { Candidate, Source } from '../cli/completion.ts'
import type { ApiClient } from '../cluster/api.ts'
import { connect } from '../cluster/client.ts'
import { listAll, type Resource } from '../cluster/list.ts'
import { WATCHED } from '../cluster/resources.ts'
import { detectMeshes } from '../core/detected-meshes.ts'
import { isGatewayProxy } from '../core/gateway-proxy.ts'
import { textAt } from '../core/json.ts'
import { formatMeshRef } from '../core/mesh.ts'
import type { JsonObject } from '../core/types.ts'
import type { ClusterFlags } from './cluster-flags.ts'
import { connectTo } from './gathering.ts'

/** Who presses the tab key waits no longer for a cluster that does not answer. */
const PATIENCE_MS = 1_500

/** What the source knows in that time; nothing when it knows nothing, whatever the reason. */
export const candidatesFrom = async (
  source: Source,
  values: ReadonlyMap<string, string>,
): Promise<readonly Candidate[]> => {
  const over = AbortSignal.timeout(PATIENCE_MS)
  const late = new Promise<readonly Candidate[]>(resolve => {
    over.addEventListener('abort', () => resolve([]))
  })
  const asked = ask(source, values, over).catch((): readonly Candidate[] => [])
  const found = await Promise.race([asked, late])
  // What was given up, a program that fetches credentials for one, would keep us here.
  if (over.aborted) setImmediate(() => process.exit())
  return found
}

const ask = async (
  source: Source,
  values: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<readonly Candidate[]> => {
  const flags: ClusterFlags = optional({
    kubeconfig: values.get('--kubeconfig'),
    context: values.get('--context'),
  })
  if (source === 'contexts')
    return connect(flags.kubeconfig)
      .getContexts()
      .map(({ name, cluster }) => ({
        value: name,
        description: `cluster ${cluster}`,
      }))
  const api = connectTo(flags)
  try {
    return await listed(api, source, values.get('--namespace'), signal)
  } finally {
    api.close()
  }
}

const optional = (flags: { kubeconfig: string | undefined; context: string | undefined }) =>
  Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))

const KINDS: Readonly<Record<Exclude<Source, 'contexts'>, string>> = {
  namespaces: 'namespaces',
  upstreams: 'upstreams',
  upstreamNames: 'upstreams',
  meshes: 'controlPlanes',
  proxies: 'proxies',
  proxyNames: 'proxies',
}

const listed = async (
  api: ApiClient,
  source: Exclude<Source, 'contexts'>,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly Candidate[]> => {
  const resource = WATCHED.map(watched => watched.resource).find(
    ({ kind }) => kind === KINDS[source],
  )
  const objects = resource ? await list(api, resource, signal) : []
  if (source === 'meshes')
    return detectMeshes(objects, [], () => undefined).map(mesh => ({
      value: formatMeshRef(mesh),
      description: mesh.istioVersion ? `Istio ${mesh.istioVersion}` : '',
    }))
  const fitting =
    source === 'proxies' || source === 'proxyNames' ? objects.filter(isGatewayProxy) : objects
  const inside = fitting.filter(
    object =>
      source === 'namespaces' ||
      namespace === undefined ||
      textAt(object, 'metadata', 'namespace') === namespace,
  )
  const isWhole = source === 'upstreams' || source === 'proxies'
  return inside.map(object => ({ value: isWhole ? wholeNameOf(object) : nameOf(object) }))
}

const wholeNameOf = (object: JsonObject): string =>
  `${textAt(object, 'metadata', 'namespace')}/${nameOf(object)}`

const list = async (api: ApiClient, resource: Resource, signal: AbortSignal) =>
  (await listAll({ api, resource, signal, onPage: () => {} }))?.objects ?? []

const nameOf = (object: JsonObject): string => textAt(object, 'metadata', 'name')
