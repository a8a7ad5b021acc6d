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
  /** Empty for a write of the object itself, `status` or `scale` otherwise. */
  readonly subResource: string
  readonly namespace: string
  readonly name: string
  readonly operation: Operation
  readonly dryRun: boolean
  /** Absent on DELETE and CONNECT. */
  readonly object: JsonObject | undefined
  /** Present on UPDATE and DELETE. */
  readonly oldObject: JsonObject | undefined
}

export interface MeshRef {
  readonly namespace: string
  readonly name: string
}

/** How a mesh hands its certificates to the gateway. `auto` lets the webhook choose. */
export type ConfiguredMode = 'auto' | 'citadel-files'

export interface Mesh extends MeshRef {
  /** `1.0.6`, for instance; undefined when the operator did not say. */
  readonly istioVersion?: string | undefined
  readonly istioNamespace: string
  readonly trustDomain: string
  readonly mode: ConfiguredMode
}

/** The immutable snapshot that decisions are made from. */
export interface Facts {
  /** Folder inside the gateway-proxy under which every mesh has its certificates. */
  readonly mountRoot: string
  readonly defaultMesh: MeshRef | undefined
  readonly meshes: readonly Mesh[]
}
