import { type ControlPlane, NO_REVISION, revisionName } from './control-plane.ts'
import { fieldAt, textAt } from './json.ts'
import { ADDRESS_PATTERN, NAME_PATTERN, NAMESPACE_PATTERN } from './mesh.ts'
import type { JsonObject } from './types.ts'

/** Istio's node agent, as Istio 1.1 to 1.4 tell their sidecars to use it. */
export interface NodeAgent {
  /** `unix:/var/run/sds/uds_path` */
  readonly sdsUdsPath: string
  /** Whether sidecars have a token made for Istio mounted. False where it is not said, as in 1.4. */
  readonly enableSdsTokenMount: boolean
  /** Whether sidecars show their plain token. False where it is not said, as in 1.4. */
  readonly sdsUseK8sSaJwt: boolean
}

/** What a control plane is configured with, as far as one may believe it. */
export interface MeshConfig {
  readonly trustDomain: string | undefined
  readonly rootNamespace: string | undefined
  /** Host and port of istiod; undefined for what is only Pilot, which gives no certificates. */
  readonly discoveryAddress: string | undefined
  readonly meshId: string | undefined
  readonly sds: NodeAgent | undefined
}

/** Lent to the core, which parses no YAML. May throw, or answer undefined, for a broken text. */
export type ReadYaml = (text: string) => unknown

/**
 * Name of the ConfigMap, in its own namespace, that a control plane reads
 * (istio@1.31.0:pilot/pkg/bootstrap/mesh.go).
 */
export const meshConfigName = (plane: Pick<ControlPlane, 'revision'>): string => {
  const revision = revisionName(plane)
  return revision === NO_REVISION ? 'istio' : `istio-${revision}`
}

/**
 * What the ConfigMap of a control plane tells. It ends up in pods, so nothing is taken that the
 * configuration would refuse; of a broken text, nothing at all.
 */
export const meshConfigOf = (
  plane: ControlPlane,
  configMaps: readonly JsonObject[],
  readYaml: ReadYaml,
): MeshConfig => {
  const mesh = attempt(readYaml, textAt(configMapOf(plane, configMaps), 'data', 'mesh'))
  const address = textAt(mesh, 'defaultConfig', 'discoveryAddress')
  return {
    trustDomain: matching(NAME_PATTERN, plainTrustDomain(textAt(mesh, 'trustDomain'))),
    rootNamespace: matching(NAMESPACE_PATTERN, textAt(mesh, 'rootNamespace')),
    discoveryAddress: PILOT_PORTS.test(address) ? undefined : matching(ADDRESS_PATTERN, address),
    meshId: textAt(mesh, 'defaultConfig', 'meshId') || undefined,
    sds: nodeAgentOf(mesh),
  }
}

/** The trust domain as it stands in SPIFFE names (istio@1.31.0:pkg/spiffe/spiffe.go). */
export const plainTrustDomain = (trustDomain: string): string => trustDomain.replaceAll('@', '.')

/** Before istiod, plain or behind an Envoy (istio@1.0.7:install/kubernetes/helm/istio/charts/pilot). */
const PILOT_PORTS = /:150(03|05|07|10|11)$/

const SOCKET = /^unix:(\/[A-Za-z0-9._-]+)+$/

/** From 1.5 on, that field is about a socket inside the sidecar (istio@1.5.4:manifests). */
const OWN_SOCKET = 'unix:/etc/istio/proxy/SDS'

const nodeAgentOf = (mesh: unknown): NodeAgent | undefined => {
  const sdsUdsPath = matching(SOCKET, textAt(mesh, 'sdsUdsPath'))
  if (sdsUdsPath === undefined || sdsUdsPath === OWN_SOCKET) return undefined
  return {
    sdsUdsPath,
    enableSdsTokenMount: fieldAt(mesh, 'enableSdsTokenMount') === true,
    sdsUseK8sSaJwt: fieldAt(mesh, 'sdsUseK8sSaJwt') === true,
  }
}

const configMapOf = (plane: ControlPlane, configMaps: readonly JsonObject[]) =>
  configMaps.find(
    configMap =>
      textAt(configMap, 'metadata', 'namespace') === plane.istioNamespace &&
      textAt(configMap, 'metadata', 'name') === meshConfigName(plane),
  )

const matching = (pattern: RegExp, text: string): string | undefined =>
  pattern.test(text) ? text : undefined

const attempt = (readYaml: ReadYaml, text: string): unknown => {
  try {
    return readYaml(text)
  } catch {
    return undefined
  }
}
