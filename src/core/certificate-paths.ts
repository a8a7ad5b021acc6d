import { hashOf } from './fingerprint.ts'
import type { MeshRef } from './types.ts'

/** The folder of a mesh's certificates inside the gateway-proxy. */
export const certificateFolder = (mountRoot: string, { namespace, name }: MeshRef) =>
  `${mountRoot}/${namespace}/${name}`

/** `sslFiles` of a mesh. The file names are the keys of Citadel's Secret (istio@1.0.6:security/pkg/pki/ca/controller/secret.go). */
export const sslFilesOf = (mountRoot: string, mesh: MeshRef) => {
  const folder = certificateFolder(mountRoot, mesh)
  return {
    rootCa: `${folder}/root-cert.pem`,
    tlsCert: `${folder}/cert-chain.pem`,
    tlsKey: `${folder}/key.pem`,
  }
}

const PREFIX = 'gloo-istio'
/** Longest name of a volume, a DNS label. */
const NAME_MAX = 63

/**
 * The volume of a mesh for some purpose. Its hash keeps meshes apart that read alike once dots are
 * gone and long names are cut: `a.b-c`, `a-b.c`. No purpose: the certificates as files.
 */
export const volumeNameOf = ({ namespace, name }: MeshRef, purpose = ''): string => {
  const end = [hashOf(`${namespace}/${name}`), purpose].filter(part => part !== '').join('-')
  const readable = `${namespace}-${name.replaceAll('.', '-')}`
  return `${PREFIX}-${readable.slice(0, NAME_MAX - PREFIX.length - end.length - 2)}-${end}`
}

/** Whether a volume may be one of ours: nobody else gives such names. */
export const isOurVolumeName = (name: string): boolean => name.startsWith(`${PREFIX}-`)
