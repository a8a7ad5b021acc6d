import { renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node'
import { field, items } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { clusterOf, type Resolve, sslConfigOf } from './gloo-translation.ts'
import { refusal } from './gloo-versions.ts'

export interface GlooOptions {
  readonly kubeConfig: KubeConfig
  /** Envoy's cluster discovery file, which Envoy may be watching already. */
  readonly clustersFile: string
  readonly resolve: Resolve
  /** Versions of Gloo differ in what they take and what becomes of it. */
  readonly version: string
  /** What becomes of the clusters on their way to Envoy. */
  readonly deliver?: (clusters: JsonObject) => unknown
}

const INTERVAL_MS = 200
const UPSTREAMS = { group: 'gloo.solo.io', version: 'v1', plural: 'upstreams' }
const LIST = { ...UPSTREAMS, resourcePlural: UPSTREAMS.plural }

const ACCEPTED = { reported_by: 'gloo', state: 1 }

const statusOf = (upstream: JsonObject, version: string) => {
  const reason = refusal(sslConfigOf(upstream), version)
  return reason === undefined ? ACCEPTED : { reason, reported_by: 'gloo', state: 2 }
}

/**
 * Gloo's control plane as far as Upstreams go: each that it accepts becomes a cluster of Envoy, and its
 * status is reported by an UPDATE of the whole object, as Gloo does for want of a status subresource.
 */
export const startGloo = (options: GlooOptions) => {
  const { kubeConfig, clustersFile, resolve, version, deliver = clusters => clusters } = options
  const api = kubeConfig.makeApiClient(CustomObjectsApi)
  const stopping = new AbortController()
  let written = ''

  const report = async (upstream: JsonObject) => {
    const status = statusOf(upstream, version)
    if (JSON.stringify(status) === JSON.stringify(field(upstream, 'status'))) return
    const { name = '', namespace = '' } = (upstream['metadata'] ?? {}) as Record<string, string>
    const body = { ...upstream, status }
    await api.replaceNamespacedCustomObject({ ...UPSTREAMS, name, namespace, body })
  }

  const translate = async () => {
    const list: unknown = await api.listCustomObjectForAllNamespaces(LIST)
    const upstreams = items(field(list, 'items')) as JsonObject[]
    const resources = upstreams
      .filter(upstream => refusal(sslConfigOf(upstream), version) === undefined)
      .map(upstream => clusterOf(upstream, resolve, version))
    const text = JSON.stringify(deliver({ resources }))
    if (text !== written) replaceFile(clustersFile, text)
    written = text
    await Promise.all(upstreams.map(report))
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      // A conflict or a control plane on its way down: the next turn looks again.
      await translate().catch(() => {})
      await sleep(INTERVAL_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const done = run()
  return {
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}

/** Envoy watches for files that are moved into place, never for files that are written. */
const replaceFile = (file: string, text: string) => {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}
