import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { BundleContent } from '../cli/bundle.ts'
import { printReport } from '../cli/check-report.ts'
import type { ApiClient } from '../cluster/api.ts'
import { connect } from '../cluster/client.ts'
import type { JsonObject } from '../core/types.ts'
import { version } from '../version.ts'
import { collectCluster, collectReports, collectVersions, namespacesOf } from './bundle-cluster.ts'
import { BundleCollector } from './bundle-collector.ts'
import { collectOurs, collectSecrets, type LogLimits } from './bundle-ours.ts'
import { OUR_DEPLOYMENTS } from './bundle-sources.ts'
import type { ClusterFlags } from './cluster-flags.ts'

type CollectFlags = ClusterFlags & LogLimits & { readonly namespace?: string }

/** As the chart's guides install it. */
const DEFAULT_NAMESPACE = 'gloo-istio'

/** All that a report of a problem needs, redacted. */
export const collectBundle = async (
  api: ApiClient,
  flags: CollectFlags,
  signal: AbortSignal,
): Promise<BundleContent> => {
  const collector = new BundleCollector(api, signal, credentialsOf(flags))
  const deployments = await deploymentsOf(collector, flags.namespace)
  const namespaces = namespacesFor(collector, deployments, flags.namespace)
  const [others, configMaps] = await Promise.all([
    collectCluster(collector),
    collectOurs(collector, namespaces, deployments, flags),
    collectVersions(collector, deployments, { gloo_istio: version(), node: process.version }),
  ])
  await collectReports(collector, configMaps)
  await collectCheck(collector, flags)
  await collectSecrets(collector, [...new Set([...namespaces, ...others])])
  return collector.content()
}

/** The checks look at the whole cluster once more. */
const CHECK_MS = 60_000

const collectCheck = async (collector: BundleCollector, flags: CollectFlags): Promise<void> => {
  const { openChecking } = await import('./checking.ts')
  const path = 'check.txt'
  await collector.attempt(
    path,
    async () => {
      const checking = await openChecking({ ...flags, output: 'text' })
      try {
        const { groups } = await checking.check()
        const about = 'what gloo-istio check says'
        const report = printReport(groups, 'text', new PassThrough())
        collector.addText(path, about, stripVTControlCharacters(report))
      } finally {
        checking.close()
      }
    },
    CHECK_MS,
  )
}

const deploymentsOf = async (
  collector: BundleCollector,
  namespace: string | undefined,
): Promise<readonly JsonObject[]> => {
  if (namespace === undefined) return (await collector.list(OUR_DEPLOYMENTS)) ?? []
  const paths = ['/apis/apps/v1/namespaces/{namespace}/deployments']
  return (await collector.list({ ...OUR_DEPLOYMENTS, paths }, namespace)) ?? []
}

const namespacesFor = (
  collector: BundleCollector,
  deployments: readonly JsonObject[],
  namespace: string | undefined,
): readonly string[] => {
  if (deployments.length === 0)
    collector.miss(
      'our Deployment',
      `none is ${namespace === undefined ? 'anywhere' : `in namespace ${namespace}`}: is gloo-istio installed?`,
    )
  if (namespace !== undefined) return [namespace]
  return deployments.length === 0 ? [DEFAULT_NAMESPACE] : namespacesOf(deployments)
}

/** What we show to the API server is nobody else's business either. */
const credentialsOf = ({ kubeconfig, context }: ClusterFlags): readonly string[] => {
  const user = connect(kubeconfig, context).getCurrentUser()
  const { token, password, keyData } = user ?? {}
  return [token, password, keyData]
    .filter(secret => typeof secret === 'string')
    .filter(secret => secret.length > 5)
}
