import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Deployment } from '@kubernetes/client-node'
import { type ApiClient, ApiError } from '../../src/cluster/api.ts'

/** What a Deployment runs. */
export interface Workload {
  readonly namespace: string
  readonly name: string
  /** Starts its pods anew; returns when they are ready. */
  readonly run: (deployment: V1Deployment) => Promise<Pods>
}

export interface Pods {
  readonly stop: () => unknown
}

export interface WorkloadRunner {
  /** What failed, and was tried again. */
  readonly troubles: readonly string[]
  readonly stop: () => Promise<void>
}

const LOOK_MS = 300

const pathOf = ({ namespace, name }: Workload) =>
  `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`

/** Undefined when there is none. */
const read = async (api: ApiClient, workload: Workload): Promise<V1Deployment | undefined> => {
  try {
    return (await api.request({ path: pathOf(workload) })) as unknown as V1Deployment
  } catch (error) {
    if (error instanceof ApiError && error.statusCode === 404) return undefined
    throw error
  }
}

const report = (api: ApiClient, workload: Workload, { metadata, spec }: V1Deployment) => {
  const replicas = spec?.replicas ?? 1
  const numbers = {
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  }
  return api.request({
    method: 'PATCH',
    path: `${pathOf(workload)}/status`,
    body: { status: { observedGeneration: metadata?.generation, ...numbers } },
    contentType: 'application/merge-patch+json',
  })
}

/** One Deployment: its pods are replaced when its template changes, the old ones first. */
const follow = (api: ApiClient, workload: Workload) => {
  let running: Pods | undefined
  let template = ''
  const end = async () => {
    await running?.stop()
    running = undefined
    template = ''
  }
  const look = async () => {
    const deployment = await read(api, workload)
    if (deployment === undefined) return end()
    const wanted = JSON.stringify(deployment.spec?.template)
    if (wanted !== template) {
      await end()
      running = await workload.run(deployment)
      template = wanted
    }
    const { metadata, status } = deployment
    if (status?.observedGeneration !== metadata?.generation) await report(api, workload, deployment)
  }
  return { look, end }
}

/**
 * The Deployment controller and the kubelet for the Deployments that are named, when they are there: runs what
 * stands for their pods, and reports that it is rolled out.
 */
export const startWorkloads = (api: ApiClient, workloads: readonly Workload[]): WorkloadRunner => {
  const closing = new AbortController()
  const troubles: string[] = []
  const loops = workloads.map(async workload => {
    const { look, end } = follow(api, workload)
    while (!closing.signal.aborted) {
      await look().catch((error: unknown) => troubles.push(`${workload.name}: ${String(error)}`))
      await sleep(LOOK_MS, undefined, { signal: closing.signal }).catch(() => {})
    }
    await end()
  })
  return {
    troubles,
    stop: async () => {
      closing.abort()
      await Promise.all(loops)
    },
  }
}
