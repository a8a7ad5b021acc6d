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
// A volume name is a DNS label of at most 63 characters; 11 go to the prefix, 9 to the hash.
const READABLE_MAX = 63 - `${PREFIX}-`.length - '-00000000'.length

/**
 * The volume of a mesh. Its hash keeps meshes apart that read alike once dots are gone and
 * long names are cut: `a.b-c`, `a-b.c`.
 */
export const volumeNameOf = ({ namespace, name }: MeshRef): string => {
  const readable = `${namespace}-${name.replaceAll('.', '-')}`.slice(0, READABLE_MAX)
  return `${PREFIX}-${readable}-${fnv1a(`${namespace}/${name}`)}`
}

/** FNV-1a in 32 bits: short and stable, not for security. */
const fnv1a = (text: string): string => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
