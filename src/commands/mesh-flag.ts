import { InvalidArgumentError, Option } from 'commander'
import { formatMeshRef, parseMeshRef } from '../core/mesh.ts'

/** Reads `<namespace>.<name>`, split at the first dot, as SuperGloo does. Throws InvalidArgumentError. */
export const parseMeshFlag = (text: string): string => {
  const ref = parseMeshRef(text)
  if (ref === undefined)
    throw new InvalidArgumentError('expected <namespace>.<name>; gloo-istio get meshes lists them')
  return formatMeshRef(ref)
}

export const targetMeshOption = (description: string): Option =>
  new Option('-t, --target-mesh <namespace.name>', description).argParser(parseMeshFlag)
