import { field, fieldAt, isRecord, items, textOf } from './json.ts'
import { has, type Pair } from './matrix.ts'
import { inCamelCase } from './ssl-config.ts'

/** Where a certificate or authorities come from. */
export type Source =
  | { readonly by: 'sds'; readonly name: string; readonly server: string }
  | { readonly by: 'file'; readonly path: string }
  /** Within the configuration itself. */
  | { readonly by: 'inline' }

/** How a client speaks TLS, whether told by an `sslConfig` or by Envoy. */
export interface Tls {
  readonly certificate: Source | undefined
  readonly authorities: Source | undefined
  readonly alpn: readonly string[]
  readonly sni: string
  /** The only names that the other side may have; empty: any. */
  readonly names: readonly string[]
}

/** The cluster that Gloo goes by where an `sslConfig` names none (gloo@v1.5.0:projects/gloo/pkg/utils/ssl.go). */
const DEFAULT_SDS_CLUSTER = 'gateway_proxy_sds'

/** `cluster gateway_proxy_sds`, as a server is written that Envoy reaches by a cluster. */
export const byClusterText = (cluster: string): string => `cluster ${cluster}`

/** The cluster by which Envoy reaches the server of a source; undefined where it takes none. */
export const sdsClusterOf = (source: Source | undefined): string | undefined =>
  source?.by === 'sds' && source.server.startsWith(byClusterText(''))
    ? source.server.slice(byClusterText('').length)
    : undefined

export const sourceText = (source: Source | undefined): string => {
  switch (source?.by) {
    case undefined:
      return 'none'
    case 'sds':
      return `${source.name} from ${source.server}`
    case 'file':
      return `file ${source.path}`
    default:
      return 'one in the configuration itself'
  }
}

const texts = (value: unknown): readonly string[] =>
  items(value).flatMap(item => (typeof item === 'string' ? [item] : []))

/** What Envoy is to do when an Upstream has this `sslConfig`; undefined for none: plain text. */
export const tlsWanted = (sslConfig: unknown, pair: Pair): Tls | undefined => {
  const read = inCamelCase(sslConfig)
  if (!isRecord(read)) return undefined
  return {
    ...sourcesIn(read, pair),
    alpn: texts(read['alpnProtocols']),
    sni: textOf(read['sni']) ?? '',
    names: texts(read['verifySubjectAltName']).toSorted(),
  }
}

type Sources = Pick<Tls, 'certificate' | 'authorities'>

const sourcesIn = (sslConfig: unknown, pair: Pair): Sources => {
  const { sds, sslFiles, secretRef } = sslConfig as Readonly<Record<string, unknown>>
  if (isRecord(sds)) return sdsSources(sds, pair)
  if (isRecord(sslFiles)) {
    const file = (name: string): Source | undefined => {
      const path = textOf(sslFiles[name])
      return path === undefined ? undefined : { by: 'file', path }
    }
    return { certificate: file('tlsCert'), authorities: file('rootCa') }
  }
  const inline: Source | undefined = secretRef === undefined ? undefined : { by: 'inline' }
  return { certificate: inline, authorities: inline }
}

const sdsSources = (sds: unknown, pair: Pair): Sources => {
  const server = serverOf(sds, pair)
  const source = (key: string): Source | undefined => {
    const name = textOf(field(sds, key)) ?? ''
    return name === '' ? undefined : { by: 'sds', name, server }
  }
  return {
    certificate: source('certificatesSecretName'),
    authorities: source('validationContextName'),
  }
}

/** A socket with a token, a cluster, or an address: in this order; older Gloo ignores the address (gloo#6799). */
const serverOf = (sds: unknown, pair: Pair): string => {
  const target = textOf(field(sds, 'targetUri')) ?? ''
  if (isRecord(fieldAt(sds, 'callCredentials'))) return target
  const cluster = textOf(field(sds, 'clusterName')) ?? ''
  if (cluster !== '') return byClusterText(cluster)
  return target !== '' && (pair.gloo === undefined || has('sds-by-address', pair))
    ? target
    : byClusterText(DEFAULT_SDS_CLUSTER)
}
