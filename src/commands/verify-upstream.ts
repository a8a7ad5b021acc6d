import type { ApiClient } from '../cluster/api.ts'
import { connect } from '../cluster/client.ts'
import { isGatewayProxy } from '../core/gateway-proxy.ts'
import { textAt } from '../core/json.ts'
import type { Told } from '../core/live.ts'
import { proxiesServing } from '../core/proxies-serving.ts'
import { allObjects, EMPTY_SNAPSHOT, objectIn, type Snapshot } from '../core/snapshot.ts'
import type { JsonObject } from '../core/types.ts'
import { verificationOf } from '../core/verify.ts'
import { upstreamWanted } from '../core/verify-decision.ts'
import type { PodVerified } from '../core/verify-pod.ts'
import { UsageError } from './exit.ts'
import { gatherWith } from './gathering.ts'
import type { Reference } from './reference.ts'
import type { VerifyFlags } from './verify.ts'
import { verifyProxy } from './verify-pods.ts'
import { waitFor } from './waiting.ts'

export interface Verifying {
  readonly api: ApiClient
  readonly told: Told
  readonly upstream: Reference
  readonly flags: VerifyFlags
}

/** Looks at the cluster, and asks the Envoy of every proxy in question. Throws UsageError. */
export const verifyUpstream = async (asking: Verifying) => {
  const { api, told, flags } = asking
  const [namespace, name] = asking.upstream
  const facts = await gatherWith(api, told, true)
  const snapshot = facts.snapshot ?? EMPTY_SNAPSHOT
  const upstream = objectIn(snapshot.upstreams, namespace, name)
  if (upstream === undefined) throw new UsageError(`no Upstream ${namespace}/${name} was found`)
  const wanted = upstreamWanted(upstream, facts)
  const ports = { api, kubeConfig: connect(flags.kubeconfig, flags.context) }
  const proxies = proxiesIn(snapshot, asking)
  const pods = await waitFor('Asking Envoy', async () => {
    const verified: PodVerified[] = []
    for (const proxy of proxies)
      verified.push(...(await verifyProxy(ports, proxy, wanted, flags.adminPort)))
    return verified
  })
  return { wanted, found: verificationOf(wanted, pods) }
}

/** The proxies that serve the Upstream, or the one that was named. */
const proxiesIn = (
  snapshot: Snapshot,
  { upstream: [namespace, name], flags }: Verifying,
): readonly JsonObject[] => {
  if (flags.proxy) return [proxyNamed(snapshot, flags.proxy)]
  const serving = proxiesServing(snapshot, namespace)
  if (serving.length > 0) return serving
  throw new UsageError(
    `no gateway proxy of Gloo serves Upstream ${namespace}/${name}: name one by --proxy`,
  )
}

const proxyNamed = ({ deployments, daemonSets }: Snapshot, [namespace, name]: Reference) => {
  const found = objectIn(deployments, namespace, name) ?? objectIn(daemonSets, namespace, name)
  if (found && isGatewayProxy(found)) return found
  const all = [...allObjects(deployments), ...allObjects(daemonSets)].filter(isGatewayProxy)
  const known = all.map(
    proxy => `${textAt(proxy, 'metadata', 'namespace')}/${textAt(proxy, 'metadata', 'name')}`,
  )
  const others = known.join(', ') || 'none'
  throw new UsageError(
    `no gateway proxy ${namespace}/${name} was found for --proxy; there is: ${others}`,
  )
}
