import { gatherFacts } from '../cluster/gather.ts'
import { defaultConfiguration, factsOf, parseConfiguration } from '../config/configuration.ts'
import { meshConfigMapsOf } from '../core/detected-meshes.ts'
import { field, fieldAt, items, textAt } from '../core/json.ts'
import type { Told } from '../core/live.ts'
import { allObjects } from '../core/snapshot.ts'
import type { JsonObject } from '../core/types.ts'
import { reportOn } from '../core/upstream-report.ts'
import { readBootstrap } from '../envoy/bootstrap.ts'
import type { BundleCollector } from './bundle-collector.ts'
import { EVERYWHERE, isAboutOurs, MESH_CONFIGS, WEBHOOKS } from './bundle-sources.ts'

/** Everything of the cluster that is not ours; answers the namespaces of Gloo's and Istio's workloads. */
export const collectCluster = async (collector: BundleCollector): Promise<readonly string[]> => {
  const found = await Promise.all(
    EVERYWHERE.map(async source => {
      const objects = (await collector.list(source)) ?? []
      collector.addObjects(source, objects)
      return [source.path, objects] as const
    }),
  )
  const byPath = new Map(found)
  const planes = byPath.get('istio/control-planes.yaml') ?? []
  await Promise.all([collectMeshConfigs(collector, planes), collectWebhooks(collector)])
  const workloads = ['gloo/deployments.yaml', 'gloo/daemonsets.yaml'].flatMap(
    path => byPath.get(path) ?? [],
  )
  return namespacesOf([...workloads, ...planes])
}

export const namespacesOf = (objects: readonly JsonObject[]): readonly string[] => [
  ...new Set(objects.map(object => textAt(object, 'metadata', 'namespace'))),
]

const collectMeshConfigs = async (
  collector: BundleCollector,
  planes: readonly JsonObject[],
): Promise<void> => {
  const about = 'how Istio is configured'
  const listed = meshConfigMapsOf(planes).map(({ namespace, name }) =>
    collector.list(
      {
        path: MESH_CONFIGS,
        about,
        paths: ['/api/v1/namespaces/{namespace}/configmaps'],
        fieldSelector: `metadata.name=${name}`,
      },
      namespace,
    ),
  )
  const objects = (await Promise.all(listed)).flatMap(found => found ?? [])
  collector.addObjects({ path: MESH_CONFIGS, about }, objects)
}

const collectWebhooks = async (collector: BundleCollector): Promise<void> => {
  const all = (await collector.list(WEBHOOKS)) ?? []
  const resourcesOf = (configuration: JsonObject) =>
    items(field(configuration, 'webhooks'))
      .flatMap(webhook => items(field(webhook, 'rules')))
      .flatMap(rule => items(field(rule, 'resources')))
  collector.addObjects(
    WEBHOOKS,
    all.filter(configuration => isAboutOurs(resourcesOf(configuration))),
  )
}

/** What is decided on each Upstream, by the configuration of the process where it can be read. */
export const collectReports = async (
  collector: BundleCollector,
  configMaps: readonly JsonObject[],
): Promise<void> => {
  const path = 'gloo-istio/decisions.yaml'
  await collector.attempt(path, async signal => {
    const facts = await gatherFacts({
      api: collector.api,
      told: toldBy(collector, configMaps),
      hasBootstraps: true,
      signal,
      onForbidden: (kind, error) =>
        collector.miss(path, `decided without ${kind}, which cannot be seen: ${error.message}`),
    })
    const upstreams = allObjects(facts.snapshot?.upstreams).map(upstream => ({
      ...reportOn(upstream, facts),
    }))
    collector.addObjects({ path, about: 'what is decided on each Upstream, and why' }, upstreams)
  })
}

const CONFIGURATION = 'config.yaml'

const toldBy = (collector: BundleCollector, configMaps: readonly JsonObject[]): Told => {
  const texts = configMaps.map(object => textAt(object, 'data', CONFIGURATION))
  const text = texts.find(found => found !== '')
  const parsed = text === undefined ? undefined : parseConfiguration(text)
  if (parsed === undefined || !('configuration' in parsed))
    collector.miss(
      'our configuration',
      'it was not found, or is not valid: decided by the defaults',
    )
  const configuration =
    parsed && 'configuration' in parsed ? parsed.configuration : defaultConfiguration()
  return { facts: factsOf(configuration, readBootstrap), meshes: configuration.meshes }
}

/** Our own version and that of the API server, and the images of our pods. */
export const collectVersions = async (
  collector: BundleCollector,
  deployments: readonly JsonObject[],
  own: Readonly<Record<string, string>>,
): Promise<void> => {
  const path = 'versions.yaml'
  const apiServer = await collector.attempt(path, signal =>
    collector.api.request({ path: '/version', signal }),
  )
  const images = deployments.flatMap(deployment =>
    items(fieldAt(deployment, 'spec', 'template', 'spec', 'containers')).map(container =>
      textAt(container, 'image'),
    ),
  )
  const about = 'versions of the command line, the API server and our images'
  collector.addObjects({ path, about }, [{ ...own, apiServer: apiServer ?? 'unknown', images }])
}
