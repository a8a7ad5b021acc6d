import type { MeshReport, ModeWithGloo } from '../core/mesh-report.ts'
import type { Listing } from './output.ts'

/** Meshes, and how each reaches the Gloo of the cluster. */
export const meshListing = (reports: readonly MeshReport[]): Listing => ({
  kind: 'meshes',
  head: ['mesh', 'istio', 'namespace', 'revisions', 'trust domain', 'mode', 'source'],
  more: ['default', 'citadel', 'sds', 'message'],
  rows: reports.map(report => ({
    cells: [
      report.mesh,
      report.istioVersion,
      report.istioNamespace,
      report.revisions.join(','),
      report.trustDomain,
      distinct(report.modes.map(({ mode, finding }) => mode || (finding?.reason ?? ''))),
      report.source,
    ],
    more: [
      yes(report.isDefault),
      yes(report.citadel),
      report.sds,
      distinct(report.modes.map(sentenceOf)),
    ],
    name: `mesh/${report.mesh}`,
    item: report,
  })),
})

const yes = (is: boolean): string => (is ? 'yes' : 'no')

const distinct = (texts: readonly string[]): string =>
  [...new Set(texts)].filter(Boolean).join(', ')

const sentenceOf = ({ gloo, mode, finding }: ModeWithGloo): string =>
  finding ? finding.message : `${mode} with Gloo ${gloo}`
