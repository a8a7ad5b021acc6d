import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConfig } from '@kubernetes/client-node'
import { ApiClient } from '../../../src/cluster/api.ts'
import { fieldAt, isSet } from '../../../src/core/json.ts'
import { GLOO_SYSTEM, MESHED } from './stage.ts'

const PATH = `/apis/gloo.solo.io/v1/namespaces/${GLOO_SYSTEM}/upstreams`
const PAUSE_MS = 100

const upstream = (name: string) => ({
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Upstream',
  metadata: { name, namespace: GLOO_SYSTEM },
  spec: { kube: { serviceName: 'details', serviceNamespace: MESHED, servicePort: 9080 } },
})

/**
 * Upstreams, one after another, until it is stopped. Each leads to a namespace that wants mutual TLS, and goes as soon
 * as it was looked at: a gateway with hundreds of them would be another test.
 */
export const startWrites = (kubeConfig: KubeConfig, prefix: string) => {
  const api = new ApiClient(kubeConfig)
  const stopping = new AbortController()
  const failures: { readonly at: number; readonly message: string }[] = []
  const plain: string[] = []
  let [stored, last] = [0, 0]
  const writeOne = async (name: string): Promise<void> => {
    try {
      const answer = await api.request({ method: 'POST', path: PATH, body: upstream(name) })
      stored++
      last = Date.now()
      if (!isSet(fieldAt(answer, 'spec', 'sslConfig'))) plain.push(name)
      await api.request({ method: 'DELETE', path: `${PATH}/${name}` })
    } catch (error) {
      failures.push({ at: Date.now(), message: String(error) })
    }
  }
  const work = async (): Promise<void> => {
    for (let at = 0; !stopping.signal.aborted; at++) {
      await writeOne(`${prefix}-${at}`)
      await sleep(PAUSE_MS)
    }
  }
  const working = work()
  return {
    /** How many were taken. */
    stored: (): number => stored,
    /** When the last was taken, in milliseconds since 1970. */
    last: (): number => last,
    /** Names of those that were taken as they came. */
    plain: (): readonly string[] => plain,
    failures: () => failures,
    stop: async (): Promise<void> => {
      stopping.abort()
      await working
      api.close()
    },
  }
}
