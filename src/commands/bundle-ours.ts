import { X509Certificate } from 'node:crypto'
import { fieldAt, isRecord, items, textAt } from '../core/json.ts'
import { secretsIn, summaryOfSecret } from '../core/secret-summary.ts'
import type { JsonObject } from '../core/types.ts'
import type { BundleCollector } from './bundle-collector.ts'
import { CONFIGURATIONS, IN_OUR_NAMESPACES, OUR_DEPLOYMENTS } from './bundle-sources.ts'

/** How much of each log. */
export interface LogLimits {
  readonly tail: number
  /** Milliseconds. */
  readonly since: number
}

/** Bytes of one log: what a container writes in a line has no end of its own. */
const LOG_BYTES = 4 * 1024 * 1024
/** As the chart has it, where a pod does not say. */
const METRICS_PORT = 9090

/** All about our own processes; answers the ConfigMaps with our configuration. */
export const collectOurs = async (
  collector: BundleCollector,
  namespaces: readonly string[],
  deployments: readonly JsonObject[],
  limits: LogLimits,
): Promise<readonly JsonObject[]> => {
  collector.addObjects(OUR_DEPLOYMENTS, deployments)
  const listing = IN_OUR_NAMESPACES.map(async source => {
    const listed = namespaces.map(namespace => collector.list(source, namespace))
    const objects = (await Promise.all(listed)).flatMap(found => found ?? [])
    collector.addObjects(source, objects)
    return source.path === CONFIGURATIONS ? objects : []
  })
  const pods = deployments.map(deployment => collectPods(collector, deployment, limits))
  const [found] = await Promise.all([Promise.all(listing), ...pods])
  return found.flat()
}

const selectorOf = (deployment: JsonObject): string => {
  const labels = fieldAt(deployment, 'spec', 'selector', 'matchLabels')
  const pairs = Object.entries(isRecord(labels) ? labels : {})
  return pairs.map(([key, value]) => `${key}=${String(value)}`).join(',')
}

const collectPods = async (
  collector: BundleCollector,
  deployment: JsonObject,
  limits: LogLimits,
): Promise<void> => {
  const namespace = textAt(deployment, 'metadata', 'namespace')
  const folder = `gloo-istio/${namespace}.${textAt(deployment, 'metadata', 'name')}`
  const labelSelector = selectorOf(deployment)
  const list = (path: string, about: string, paths: readonly string[]) =>
    collector.list({ path, about, paths, labelSelector }, namespace)
  const [pods = [], replicaSets = []] = await Promise.all([
    list(`${folder}/pods.yaml`, 'its pods', ['/api/v1/namespaces/{namespace}/pods']),
    list(`${folder}/replicasets.yaml`, 'its ReplicaSets', [
      '/apis/apps/v1/namespaces/{namespace}/replicasets',
    ]),
  ])
  collector.addObjects({ path: `${folder}/pods.yaml`, about: 'its pods' }, pods)
  collector.addObjects(
    { path: `${folder}/replicasets.yaml`, about: 'its ReplicaSets' },
    replicaSets,
  )
  await Promise.all(
    pods.flatMap(pod => [collectMetrics(collector, pod), ...collectLogs(collector, pod, limits)]),
  )
}

const pathOf = (pod: JsonObject): string => {
  const [namespace, name] = ['namespace', 'name'].map(key => textAt(pod, 'metadata', key))
  return `/api/v1/namespaces/${encodeURIComponent(namespace ?? '')}/pods/${encodeURIComponent(name ?? '')}`
}

const collectMetrics = async (collector: BundleCollector, pod: JsonObject): Promise<void> => {
  const ports = items(fieldAt(pod, 'spec', 'containers')).flatMap(container =>
    items(fieldAt(container, 'ports')),
  )
  const named = ports.find(port => textAt(port, 'name') === 'metrics')
  const port = Number(fieldAt(named, 'containerPort') ?? METRICS_PORT)
  const path = `gloo-istio/metrics/${textAt(pod, 'metadata', 'name')}.txt`
  const text = await collector.text(path, { path: `${pathOf(pod)}:${port}/proxy/metrics` })
  if (text !== undefined) collector.addText(path, 'metrics of a pod', text)
}

const collectLogs = (
  collector: BundleCollector,
  pod: JsonObject,
  limits: LogLimits,
): readonly Promise<void>[] => {
  const statuses = ['initContainerStatuses', 'containerStatuses'].flatMap(key =>
    items(fieldAt(pod, 'status', key)),
  )
  const restarted = statuses.filter(status => Number(fieldAt(status, 'restartCount')) > 0)
  return [
    ...statuses.map(status => collectLog(collector, pod, textAt(status, 'name'), limits)),
    ...restarted.map(status => collectPrevious(collector, pod, textAt(status, 'name'), limits)),
  ]
}

const collectLog = async (
  collector: BundleCollector,
  pod: JsonObject,
  container: string,
  { tail: tailLines, since }: LogLimits,
): Promise<void> => {
  const sinceSeconds = Math.max(1, Math.ceil(since / 1000))
  const path = logPath(pod, container)
  const query = { container, tailLines, sinceSeconds, limitBytes: LOG_BYTES }
  const text = await collector.text(path, { path: `${pathOf(pod)}/log`, query })
  if (text !== undefined) collector.addText(path, 'a log', text)
}

/** Why it restarted stands there, however long ago that was. */
const collectPrevious = async (
  collector: BundleCollector,
  pod: JsonObject,
  container: string,
  { tail: tailLines }: LogLimits,
): Promise<void> => {
  const path = logPath(pod, `${container}.previous`)
  const query = { container, tailLines, previous: true, limitBytes: LOG_BYTES }
  const text = await collector.text(path, { path: `${pathOf(pod)}/log`, query })
  if (text !== undefined) collector.addText(path, 'a log up to its last restart', text)
}

const logPath = (pod: JsonObject, file: string): string =>
  `gloo-istio/logs/${textAt(pod, 'metadata', 'name')}/${file}.log`

/** What the Secrets of these namespaces are, and nothing of what is in them. */
export const collectSecrets = async (
  collector: BundleCollector,
  namespaces: readonly string[],
): Promise<void> => {
  const path = 'cluster/secrets.yaml'
  const about = 'Secrets: names, types, keys, sizes and the end of certificates'
  const paths = ['/api/v1/namespaces/{namespace}/secrets']
  const listed = namespaces.map(namespace => collector.list({ path, about, paths }, namespace))
  const secrets = (await Promise.all(listed)).flatMap(objects => objects ?? [])
  collector.keepSecret(secrets.flatMap(secretsIn))
  collector.addSummaries(
    path,
    about,
    secrets.map(secret => summaryOfSecret(secret, endOf)),
  )
}

const endOf = (pem: string): string | undefined => {
  try {
    return new X509Certificate(pem).validToDate.toISOString()
  } catch {
    return undefined
  }
}
