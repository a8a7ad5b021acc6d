import { formOf, isForm } from './form.ts'
import { glooVersionIn } from './observe.ts'
import { isFinding } from './reasons.ts'
import { sendsAlpn } from './ssl-config.ts'
import type { Facts, JsonObject } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { meshOf } from './upstream-certificates.ts'
import { reportOn, type UpstreamReport } from './upstream-report.ts'
import { breakOf, brokenLink, type Link, okLink } from './verify-breaks.ts'
import { type ClusterWanted, namesText } from './verify-cluster.ts'
import { sourceText, type Tls, tlsWanted } from './verify-tls.ts'
import { writeOf } from './write-of.ts'

/** What is to be proved of an Upstream, whichever proxy is asked. */
export interface UpstreamWanted extends ClusterWanted {
  readonly report: UpstreamReport
  /** Of the decision, and of what the Upstream holds. */
  readonly links: readonly Link[]
  /** Finds the cluster among Envoy's, by its whole name. */
  readonly clusterPattern: string
  /** Undefined where the certificate is not known to be one of a mesh. */
  readonly trustDomain: string | undefined
}

/** What Envoy is to do for an Upstream: what the Upstream says, once that is found to be what was decided. */
export const upstreamWanted = (upstream: JsonObject, facts: Facts): UpstreamWanted => {
  const report = reportOn(upstream, facts)
  const write = writeOf(upstream)
  const gloo = glooVersionIn(facts, report.namespace)
  const mesh = meshOf(write, facts)
  const form = isFinding(mesh) ? mesh : formOf(facts, gloo, mesh)
  const tls = tlsWanted(viewUpstream(upstream).sslConfig, { gloo, istio: undefined })
  const isOn = report.standing === 'mtls' && !isFinding(mesh)
  return {
    report,
    links: [decisionLink(report), storedLink(report, tls)],
    ...clusterNamesOf(report),
    tls,
    sendsAlpn: isForm(form) && sendsAlpn(form),
    hasAutoMtls: facts.gloo.autoMtls !== 'disabled',
    trustDomain: isOn ? mesh.trustDomain : undefined,
  }
}

const decisionLink = (report: UpstreamReport): Link => {
  const { standing, message, reason, namespace, name } = report
  const text = `${standing}: ${message} [${reason}]`
  const isOpen = ['waiting', 'observed', 'refused'].includes(standing)
  const values = { message, reason, upstream: `${namespace}/${name}` }
  return isOpen ? brokenLink(breakOf('NotDecided', values), text) : okLink('decision', text)
}

const storedLink = ({ standing, message, reason }: UpstreamReport, tls: Tls | undefined): Link => {
  const text = storedText(tls)
  return standing === 'pending'
    ? brokenLink(breakOf('NotStored', { message, reason }), text)
    : okLink('stored', text)
}

const storedText = (tls: Tls | undefined): string => {
  if (tls === undefined) return 'no sslConfig'
  const alpn = tls.alpn.length > 0 ? `, ALPN ${tls.alpn.join(', ')}` : ''
  return `sslConfig with ${sourceText(tls.certificate)}${alpn}, accepts ${namesText(tls.names)}`
}

/**
 * How Gloo names the cluster of an Upstream (gloo@v1.22.1:projects/gloo/pkg/translator/utils.go); early 0.x had
 * `namespace.name`, and some builds of 1.18 a prefix, and the Service at the end.
 */
const clusterNamesOf = ({ namespace, name }: UpstreamReport) => {
  const clusterNames = [`${name}_${namespace}`, `${namespace}.${name}`]
  const exact = clusterNames.map(escaped)
  const prefixed = `kube-upstream:${escaped(`${name}_${namespace}_`)}.*`
  return { clusterNames, clusterPattern: `^(${[...exact, prefixed].join('|')})$` }
}

/** For a regular expression of Envoy’s (RE2) as well as one of ours. */
const escaped = (text: string): string => text.replaceAll('.', '\\.')
