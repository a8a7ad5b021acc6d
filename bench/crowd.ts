import { factsOf, parseConfiguration } from '../src/config/configuration.ts'
import { detectedIn, liveFacts } from '../src/core/live.ts'
import { snapshotOf } from '../src/core/snapshot.ts'
import type { Facts, JsonObject } from '../src/core/types.ts'
import { readBootstrap } from '../src/envoy/bootstrap.ts'
import { reviewOf } from '../test/harness/build.ts'
import { carrierOn } from '../test/harness/cluster.ts'
import { discovered, GLOO_SYSTEM, istiod, namespace, service } from '../test/harness/live.ts'
import { CONFIGURATION, stored } from './samples.ts'

export const GLOO = '1.17.3'
const ISTIO = '1.22.3'
const PER_NAMESPACE = 10

/** As many namespaces as a crowd of Upstreams has, each with a Service for each of its Upstreams. */
export const namespacesFor = (upstreams: number): number => Math.ceil(upstreams / PER_NAMESPACE)

export const teamName = (at: number): string => `team-${at}`

const teamOf = (at: number): string => teamName(Math.floor(at / PER_NAMESPACE))
const nameOf = (at: number): string => `svc-${at % PER_NAMESPACE}`

const selected = (at: number): JsonObject =>
  namespace(teamName(at), { 'gloo-istio.io/mtls': 'enabled' })

export const crowdService = (at: number): JsonObject => service(teamOf(at), nameOf(at))

export const crowdUpstream = (at: number): JsonObject => discovered(teamOf(at), nameOf(at))

const AROUND: readonly JsonObject[] = [namespace(GLOO_SYSTEM), ...istiod(ISTIO)]

/** As whoever is measured by CONFIGURATION sees this Istio. */
const known = (): Facts => {
  const parsed = parseConfiguration(CONFIGURATION)
  if (!('configuration' in parsed)) throw new TypeError('the configuration of the bench is none')
  const { configuration } = parsed
  const told = { facts: factsOf(configuration, readBootstrap), meshes: configuration.meshes }
  const snapshot = snapshotOf(AROUND)
  return liveFacts(told, snapshot, detectedIn(told, snapshot))
}

/** An Istio, and a proxy that carries what its Upstreams need: without them no Upstream is changed. */
const SURROUNDINGS: readonly JsonObject[] = [...AROUND, carrierOn(GLOO, known())]

/** A review of the first Upstream of a crowd, for which the whole of the policy is asked. */
export const CROWD_REVIEW = JSON.stringify(reviewOf(stored(crowdUpstream(0), {}, 2)))

/** Of one resource, what is there: so many, each made when it is asked for. */
export interface Made {
  readonly apiVersion: string
  readonly kind: string
  readonly count: number
  readonly at: (index: number) => JsonObject
}

const fixed = (apiVersion: string, kind: string): Made => {
  const objects = SURROUNDINGS.filter(object => object['kind'] === kind)
  return { apiVersion, kind, count: objects.length, at: index => objects[index] ?? {} }
}

const both = (first: Made, count: number, more: (index: number) => JsonObject): Made => ({
  ...first,
  count: first.count + count,
  at: index => (index < first.count ? first.at(index) : more(index - first.count)),
})

/** By path, what a cluster with so many Upstreams lists. */
export const crowdOf = (upstreams: number): ReadonlyMap<string, Made> =>
  new Map([
    ['/api/v1/namespaces', both(fixed('v1', 'Namespace'), namespacesFor(upstreams), selected)],
    ['/api/v1/services', both(fixed('v1', 'Service'), upstreams, crowdService)],
    ['/api/v1/pods', fixed('v1', 'Pod')],
    ['/apis/apps/v1/deployments', fixed('apps/v1', 'Deployment')],
    ['/api/v1/namespaces/istio-system/configmaps', fixed('v1', 'ConfigMap')],
    ['/apis/apps/v1/daemonsets', fixed('apps/v1', 'DaemonSet')],
    [
      '/apis/gloo.solo.io/v1/upstreams',
      both(fixed('gloo.solo.io/v1', 'Upstream'), upstreams, crowdUpstream),
    ],
  ])
