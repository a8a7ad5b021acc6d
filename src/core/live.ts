import {
  type ConfiguredMesh,
  type DetectedMesh,
  detectMeshes,
  meshesOf,
} from './detected-meshes.ts'
import { textAt } from './json.ts'
import { agreedByNamespace, versionOfProxy, withSeen } from './observe.ts'
import { allObjects, type Objects, objectsIn, type Snapshot } from './snapshot.ts'
import type { Facts } from './types.ts'

export interface Told {
  /** The facts of the configuration alone. */
  readonly facts: Facts
  /** Its meshes as they stand in the file: what it leaves out, the cluster may tell. */
  readonly meshes: readonly ConfiguredMesh[]
}

/**
 * Deployments that may be control planes: anyone can make one that looks like istiod, and its image would run
 * beside the gateway, so only the namespaces that are named for it count.
 */
export const controlPlanesIn = ({ facts, meshes }: Told, { deployments }: Snapshot) => {
  const trusted = [...facts.istioNamespaces, ...meshes.map(mesh => mesh.istioNamespace)]
  return [...new Set(trusted)].flatMap(namespace => objectsIn(deployments, namespace))
}

/**
 * The meshes that a cluster tells of itself, in the order in which their namespaces are named. Those that
 * were found `before` stay: whoever installs a control plane anew does not take its mesh away.
 */
export const detectedIn = (
  told: Told,
  snapshot: Snapshot,
  before: readonly DetectedMesh[] = [],
): readonly DetectedMesh[] => {
  const { istioNamespaces, readYaml } = told.facts
  const planes = controlPlanesIn(told, snapshot)
  const found = detectMeshes(planes, allObjects(snapshot.configMaps), readYaml)
  const places = new Set(found.map(({ namespace }) => namespace))
  return [...found, ...before.filter(({ namespace }) => !places.has(namespace))].toSorted(
    (one, other) =>
      istioNamespaces.indexOf(one.namespace) - istioNamespaces.indexOf(other.namespace),
  )
}

/**
 * The facts of a running cluster: what was told, completed by what its objects tell. Whether proxies run
 * with the clusters of their bootstrap no object tells, so that is left to the configuration.
 */
export const liveFacts = (
  told: Told,
  snapshot: Snapshot,
  detected: readonly DetectedMesh[],
): Facts => {
  const { deployments, daemonSets, settings } = snapshot
  const workloads = [...allObjects(deployments), ...allObjects(daemonSets)]
  return {
    ...withSeen(told.facts, [...workloads, ...allObjects(settings)]),
    meshes: meshesOf(told.meshes, detected),
    meshesAreTold: told.meshes.length > 0,
    glooSeen: glooByNamespace([deployments, daemonSets]),
    snapshot,
    isLive: true,
  }
}

const glooByNamespace = (collections: readonly Objects[]): Readonly<Record<string, string>> =>
  agreedByNamespace(
    collections.flatMap(allObjects).flatMap(workload => {
      const version = versionOfProxy(workload)
      const namespace = textAt(workload, 'metadata', 'namespace')
      return version === undefined ? [] : [{ namespace, version }]
    }),
  )
