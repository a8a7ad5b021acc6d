import type { ReadBootstrap } from './bootstrap.ts'
import type { Mode } from './matrix.ts'
import type { ReadYaml } from './mesh-config.ts'
import type { Snapshot } from './snapshot.ts'

/** Plain data only: objects exactly as the JSON that was received, no client model of them. */

export type JsonObject = { readonly [key: string]: unknown }

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** An AdmissionRequest, narrowed: what a decision may look at. */
export interface AdmissionRequest {
  readonly uid: string
  readonly kind: GroupVersionKind
  /** When it was asked (RFC 3339); empty where nobody looked at a clock. */
  readonly time: string
  /** Empty for a write of the object itself, `status` or `scale` otherwise. */
  readonly subResource: string
  readonly namespace: string
  readonly name: string
  readonly operation: Operation
  readonly dryRun: boolean
  /** Who writes, `system:serviceaccount:gloo-system:discovery` for instance; empty when nobody said. */
  readonly user: string
  /** Absent on DELETE and CONNECT. */
  readonly object: JsonObject | undefined
  /** Present on UPDATE and DELETE. */
  readonly oldObject: JsonObject | undefined
}

export interface MeshRef {
  readonly namespace: string
  readonly name: string
}

/** How a mesh hands its certificates to the gateway. `auto` takes what fits the versions. */
export type ConfiguredMode = 'auto' | Mode

/** Which token of the pod Istio believes: its own, made for it, or the plain one of the ServiceAccount. */
export type JwtPolicy = 'third-party-jwt' | 'first-party-jwt'

export interface Mesh extends MeshRef {
  /** `1.22.3`, for instance; undefined when the operator did not say. */
  readonly istioVersion?: string | undefined
  readonly istioNamespace: string
  /** Where mesh-wide policies are; undefined is `istioNamespace`. */
  readonly rootNamespace?: string | undefined
  readonly trustDomain: string
  readonly mode: ConfiguredMode
  /** Host and port of istiod; undefined is the one of `istioNamespace` and `revision`. */
  readonly discoveryAddress?: string | undefined
  readonly revision?: string | undefined
  /** `ISTIO_META_MESH_ID`; undefined is the trust domain. */
  readonly meshId?: string | undefined
  /** `ISTIO_META_CLUSTER_ID`; undefined is `Kubernetes`. */
  readonly clusterId?: string | undefined
  /** Undefined is what this Istio does by default. */
  readonly jwtPolicy?: JwtPolicy | undefined
  /** Image of the container istio-proxy; undefined is Istio's own of `istioVersion`. */
  readonly proxyImage?: string | undefined
  /** Port of its sds container on 127.0.0.1; undefined is 8234, 8235 for the second mesh, and so on. */
  readonly sdsPort?: number | undefined
}

/** What is known of the Gloo that serves the Upstreams. */
export interface Gloo {
  /** Its version; undefined when neither a proxy nor the operator says. */
  readonly version?: string | undefined
  /** Image of the container sds; undefined is the one beside the proxy's own. */
  readonly sdsImage?: string | undefined
  /** Whether every proxy runs with the static clusters that sds needs on older versions. */
  readonly bootstrapCluster: boolean
  /** Gloo's own auto-mTLS; `overridden` is on, but gives way to us. */
  readonly autoMtls: 'disabled' | 'enabled' | 'overridden'
  /** Whether the gateway has a whole Istio sidecar, which encrypts already. */
  readonly sidecarOnGateway: boolean
}

/** Which Upstreams are selected where no annotation and no label speaks; with `off`, labels have no say. */
export type ClusterSelection = 'off' | 'labelled' | 'mesh-members' | 'all'

/**
 * How far we go. `observe` decides, logs and counts, and changes nothing; `warn` also warns the one who
 * writes of what would be done; `inject` does it.
 */
export type Stage = 'observe' | 'warn' | 'inject'

/** All that decisions are made from; it never changes. */
export interface Facts {
  readonly stage: Stage
  /** Folder inside the gateway-proxy under which every mesh has its certificates. */
  readonly mountRoot: string
  /** Domain of in-cluster names, `cluster.local` for instance. */
  readonly clusterDomain: string
  readonly defaultMesh: MeshRef | undefined
  readonly meshes: readonly Mesh[]
  /** Whether the operator named the meshes; else they are those that were found in the cluster. */
  readonly meshesAreTold: boolean
  /** Namespaces where a control plane is believed to be Istio's: what runs there ends up in gateways. */
  readonly istioNamespaces: readonly string[]
  readonly gloo: Gloo
  /** Version of Gloo by namespace, where the proxies that were seen there agree on one. */
  readonly glooSeen: Readonly<Record<string, string>>
  readonly selection: ClusterSelection
  /** Whether Upstreams accept only the identities behind their Service, where nothing else is said. */
  readonly verifyIdentity: boolean
  /** What is known of the cluster; undefined where nobody watches it. */
  readonly snapshot: Snapshot | undefined
  /** Whether the snapshot follows a running cluster, so that Upstreams can wait for their proxies. */
  readonly isLive: boolean
  /** Whether all there is to know is known; until then nothing is decided. */
  readonly isSynced: boolean
  /** Whether the snapshot has not heard of its cluster for too long. */
  readonly isStale: boolean
  /** Lent to the core, which parses no YAML. */
  readonly readBootstrap: ReadBootstrap
  /** Lent likewise; throws, or answers undefined, for a broken text. */
  readonly readYaml: ReadYaml
}
