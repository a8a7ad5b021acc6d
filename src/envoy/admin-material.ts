import type { X509Certificate } from 'node:crypto'
import { field, fieldAt, items } from '../core/json.ts'
import type { CertificateSeen, MaterialSeen } from '../core/verify-certificate.ts'
import type { Source, Tls } from '../core/verify-tls.ts'
import { certificatesIn, certificatesOfFile, leadsTo, pemOf, seenOf } from './admin-certificates.ts'
import { secretsNamed } from './admin-dump.ts'
import { dumpPath, type ReadAdmin } from './admin-read.ts'
import { commonContextOf } from './admin-tls.ts'

export type Sources = Pick<Tls, 'certificate' | 'authorities'>
export type Material = Pick<MaterialSeen, 'certificate' | 'authorities' | 'isTrusted'>

/**
 * What Envoy holds of what a cluster asks for. Several meshes may have secrets of one name, so of these the one
 * that is of `identity` counts.
 */
export const materialOf = async (
  read: ReadAdmin,
  cluster: unknown,
  sources: Sources,
  identity: string | undefined,
): Promise<Material> => {
  if (sources.certificate?.by === 'file' || sources.authorities?.by === 'file')
    return fromFiles(await read('certs'), sources)
  const [chains, bundles] = await heldFor(read, cluster, sources)
  const isOurs = ([own]: readonly X509Certificate[]) =>
    own !== undefined && seenOf(own).names.some(name => name === identity)
  const chain = chains.find(isOurs) ?? chains[0] ?? []
  const authorities = bundles.flat()
  return {
    certificate: chain[0] ? seenOf(chain[0]) : await fromOldEnvoy(read, sources.certificate),
    authorities: authorities.map(seenOf),
    isTrusted: chain.length > 0 && authorities.length > 0 ? leadsTo(chain, authorities) : undefined,
  }
}

type Chains = readonly (readonly X509Certificate[])[]

const CHAIN = ['tls_certificate', 'certificate_chain']
const AUTHORITIES = ['validation_context', 'trusted_ca']

/** Chains, and sets of authorities; none where Envoy still waits. */
const heldFor = async (
  read: ReadAdmin,
  cluster: unknown,
  { certificate, authorities }: Sources,
): Promise<readonly [Chains, Chains]> => {
  const names = [certificate, authorities].flatMap(source =>
    source?.by === 'sds' ? [source.name] : [],
  )
  const list = 'dynamic_active_secrets'
  const dump = names.length > 0 ? await read(dumpPath(list, names)) : {}
  const common = commonContextOf(cluster)
  const [own] = items(field(common, 'tls_certificates'))
  const held = (source: Source | undefined, keys: readonly string[], inline: unknown): Chains => {
    const found =
      source?.by === 'sds'
        ? secretsNamed(dump, list, source.name).map(secret => fieldAt(secret, ...keys))
        : [inline]
    return found
      .map(pemOf)
      .map(certificatesIn)
      .filter(chain => chain.length > 0)
  }
  return [
    held(certificate, CHAIN, field(own, 'certificate_chain')),
    held(authorities, AUTHORITIES, fieldAt(common, ...AUTHORITIES)),
  ]
}

/** Of files Envoy tells no more than names and dates: who signed whom, only a handshake shows. */
const fromFiles = (answer: unknown, { certificate, authorities }: Sources): Material => {
  const of = (source: Source | undefined, list: 'cert_chain' | 'ca_cert') =>
    source?.by === 'file' ? certificatesOfFile(answer, list, source.path) : []
  return {
    certificate: of(certificate, 'cert_chain')[0],
    authorities: of(authorities, 'ca_cert'),
    isTrusted: undefined,
  }
}

/** Before 1.11 Envoy shows no secrets, but their certificates are among all those that it holds. */
const fromOldEnvoy = async (
  read: ReadAdmin,
  source: Source | undefined,
): Promise<CertificateSeen | undefined> => {
  if (source?.by !== 'sds') return undefined
  return certificatesOfFile(await read('certs'), 'cert_chain', '<inline>').find(({ names }) =>
    names.some(name => name.startsWith('spiffe://')),
  )
}
