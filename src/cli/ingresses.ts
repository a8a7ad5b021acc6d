import type { IngressReport, ReachedPort } from '../core/ingress-report.ts'
import type { Listing } from './output.ts'

/** Gateways, the meshes that they lead into, and where they are reached. */
export const ingressListing = (reports: readonly IngressReport[]): Listing => ({
  kind: 'ingresses',
  head: ['namespace', 'name', 'type', 'meshes', 'url'],
  more: ['proxies', 'notes'],
  rows: reports.map(report => ({
    cells: [
      report.namespace,
      report.name,
      report.type,
      report.meshes.join(','),
      report.ports.flatMap(port => ('url' in port ? [port.url] : [])).join(','),
    ],
    more: [report.proxies.join(','), [...new Set(report.ports.flatMap(notesOf))].join('; ')],
    name: `service/${report.name}`,
    item: report,
  })),
})

const notesOf = (port: ReachedPort): readonly string[] =>
  'trouble' in port ? [port.trouble] : port.notes
