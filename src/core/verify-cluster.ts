import { type Break, breakOf, brokenLink, type Link, okLink } from './verify-breaks.ts'
import { sdsClusterOf, sourceText, type Tls } from './verify-tls.ts'

/** Envoy's cluster of an Upstream. */
export interface ClusterSeen {
  readonly name: string
  /** Whether Envoy still prepares it, and goes by the one before or by none. */
  readonly isWarming: boolean
  /** Undefined: plain text. */
  readonly tls: Tls | undefined
  /** Whether Envoy chooses for each endpoint how to speak, as with Gloo's auto-mTLS. */
  readonly isByEndpoint: boolean
}

/** What the cluster of an Upstream is to be. */
export interface ClusterWanted {
  /** What Gloo calls it; first the name that today's Gloo gives. */
  readonly clusterNames: readonly string[]
  /** Undefined: plain text. */
  readonly tls: Tls | undefined
  /** Whether this Gloo hands ALPN on. */
  readonly sendsAlpn: boolean
  /** Whether Gloo itself sees to mutual TLS where an Upstream asks for none. */
  readonly hasAutoMtls: boolean
}

/** What of Envoy tells of a cluster, beside the cluster itself. */
export interface ClustersSeen {
  readonly cluster: ClusterSeen | undefined
  /** Whether Envoy has the cluster by which certificates come; undefined where it takes none. */
  readonly hasSdsCluster: boolean | undefined
  /** Updates of all clusters that Envoy refused. */
  readonly rejected: number
}

/** Whether Envoy speaks as the Upstream asks for. */
export const clusterLink = (wanted: ClusterWanted, seen: ClustersSeen): Link => {
  const { cluster, hasSdsCluster, rejected } = seen
  const sds = sdsClusterOf(wanted.tls?.certificate)
  if (sds !== undefined && hasSdsCluster === false)
    return brokenLink(breakOf('SdsClusterMissing', { sds }), `no cluster ${sds}`)
  const name = cluster?.name ?? String(wanted.clusterNames[0])
  if (cluster === undefined)
    return brokenLink(breakOf('ClusterMissing', { cluster: name, rejected }), `no cluster ${name}`)
  const found = wanted.tls ? mtlsBreak(wanted, wanted.tls, cluster) : plainBreak(wanted, cluster)
  const text = `${name}${cluster.isWarming ? ', still being prepared' : ''}: ${tlsText(cluster)}`
  return found ? brokenLink(found, text) : okLink('cluster', text)
}

const plainBreak = ({ hasAutoMtls }: ClusterWanted, cluster: ClusterSeen): Break | undefined =>
  cluster.tls?.certificate === undefined || (hasAutoMtls && cluster.isByEndpoint)
    ? undefined
    : breakOf('NotPlain', { cluster: cluster.name })

const mtlsBreak = (
  { sendsAlpn }: ClusterWanted,
  wanted: Tls,
  { name: cluster, tls }: ClusterSeen,
): Break | undefined => {
  if (tls === undefined) return breakOf('PlainText', { cluster })
  const other = otherForm(wanted, tls)
  if (other) return breakOf('OtherForm', { cluster, ...other })
  const [seenNames, wantedNames] = [namesText(tls.names), namesText(wanted.names)]
  if (seenNames !== wantedNames)
    return breakOf('SanMismatch', { cluster, seen: seenNames, wanted: wantedNames })
  const [seen, alpn] = [listText(tls.alpn), listText(wanted.alpn)]
  return seen !== alpn && sendsAlpn
    ? breakOf('AlpnMissing', { cluster, seen, wanted: alpn })
    : undefined
}

/** The first thing that is another, on both sides. */
const otherForm = (wanted: Tls, seen: Tls) => {
  const aspects: readonly ((tls: Tls) => string)[] = [
    ({ certificate }) => `certificate ${sourceText(certificate)}`,
    ({ authorities }) => `authorities ${sourceText(authorities)}`,
    ({ sni }) => (sni === '' ? 'no SNI' : `SNI ${sni}`),
  ]
  const other = aspects.find(textOf => textOf(seen) !== textOf(wanted))
  return other && { seen: other(seen), wanted: other(wanted) }
}

const listText = (values: readonly string[]): string => values.join(', ') || 'none'

export const namesText = (names: readonly string[]): string => names.join(', ') || 'any name'

const tlsText = ({ tls, isByEndpoint }: ClusterSeen): string => {
  if (tls === undefined) return 'plain text'
  if (isByEndpoint) return 'as each endpoint wants it'
  if (tls.certificate === undefined) return 'TLS without a certificate of its own'
  const alpn = tls.alpn.length > 0 ? `, ALPN ${listText(tls.alpn)}` : ''
  return `TLS with ${sourceText(tls.certificate)}${alpn}, accepts ${namesText(tls.names)}`
}
