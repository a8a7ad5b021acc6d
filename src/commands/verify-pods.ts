import { setTimeout as sleep } from 'node:timers/promises'
import { isStatus } from '../cluster/api-status.ts'
import type { ForwardPorts } from '../cluster/port-forward.ts'
import { getFromPod } from '../cluster/port-forward-http.ts'
import { readyPodsOf } from '../cluster/port-forward-pods.ts'
import { textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import { type Break, breakOf } from '../core/verify-breaks.ts'
import type { UpstreamWanted } from '../core/verify-decision.ts'
import {
  identityOf,
  type PodVerified,
  type ProxyPod,
  unaskedPod,
  verifyPod,
} from '../core/verify-pod.ts'
import { nameOfObject } from '../core/write-of.ts'
import { askEnvoy } from '../envoy/admin.ts'
import { messageOf, UsageError } from './exit.ts'

/** Envoy answers at once, and with a few kilobytes where it knows how to filter. */
const LIMITS = { time: 10_000, bytes: 64 * 1024 * 1024 }
/** Who fails, fails again within this. */
const PAUSE_MS = 1_000
const PODS_AT_ONCE = 4
const LIST_MS = 30_000

/** Asks the Envoy of each pod of a proxy that is ready. Throws UsageError where pods cannot be seen. */
export const verifyProxy = async (
  ports: ForwardPorts,
  proxy: JsonObject,
  wanted: UpstreamWanted,
  port: number,
): Promise<readonly PodVerified[]> => {
  const pods = await podsOf(ports.api, proxy)
  if (pods.length === 0) return [withoutPods(proxy)]
  const verified: PodVerified[] = []
  for (let at = 0; at < pods.length; at += PODS_AT_ONCE) {
    const some = pods.slice(at, at + PODS_AT_ONCE)
    verified.push(...(await Promise.all(some.map(pod => askPod(ports, pod, wanted, port)))))
  }
  return verified
}

const podsOf = async (api: ForwardPorts['api'], proxy: JsonObject) => {
  try {
    return await readyPodsOf(api, proxy, AbortSignal.timeout(LIST_MS))
  } catch (error) {
    const what = `the pods of ${nameOfObject(proxy)} cannot be listed`
    throw new UsageError(`${what}: ${messageOf(error)}`, { cause: error })
  }
}

const withoutPods = (object: JsonObject): PodVerified => {
  const proxy = nameOfObject(object)
  const namespace = textAt(object, 'metadata', 'namespace')
  const pod = { proxy, namespace, name: '', serviceAccount: '' }
  return unaskedPod(pod, breakOf('NoReadyPod', { proxy, namespace }))
}

const askPod = async (
  ports: ForwardPorts,
  pod: ProxyPod,
  wanted: UpstreamWanted,
  port: number,
): Promise<PodVerified> => {
  const target = { namespace: pod.namespace, pod: pod.name, port }
  try {
    const seen = await askEnvoy(path => getFromPod(ports, target, path, LIMITS), {
      clusterNames: wanted.clusterNames,
      clusterPattern: wanted.clusterPattern,
      certificate: wanted.tls?.certificate,
      identity: identityOf(wanted, pod),
      pause: () => sleep(PAUSE_MS),
    })
    return verifyPod(wanted, pod, seen, Date.now())
  } catch (error) {
    if (error instanceof TypeError) throw error
    return unaskedPod(pod, whyUnasked(error, pod, port))
  }
}

const whyUnasked = (error: unknown, { namespace, name: pod }: ProxyPod, port: number): Break => {
  const why = messageOf(error)
  return isStatus(error, 403)
    ? breakOf('AdminForbidden', { pod, why, namespace })
    : breakOf('AdminUnreachable', { pod, port, why })
}
