import type { MeshCarried } from '../core/meshes-carried.ts'
import type { ProxyReport } from '../core/proxy-report.ts'
import type { Listing } from './output.ts'

/** Proxies, and which meshes they carry; those of several meshes are listed with commas, in one order. */
export const proxyListing = (reports: readonly ProxyReport[]): Listing => ({
  kind: 'proxies',
  head: ['namespace', 'name', 'kind', 'gloo', 'ready', 'mesh', 'mode', 'state', 'reason'],
  more: ['message'],
  rows: reports.map(report => {
    const { meshes } = report
    const listed = (tell: (carried: MeshCarried) => string) => meshes.map(tell).join(',')
    return {
      cells: [
        report.namespace,
        report.name,
        report.kind,
        report.gloo,
        `${report.readyPods}/${report.wantedPods}`,
        listed(({ mesh }) => mesh),
        listed(({ mode }) => mode || '-'),
        listed(({ state }) => state),
        meshes.length > 0 ? listed(({ reason }) => reason) : report.reason,
      ],
      more: [meshes.length > 0 ? meshes.map(({ message }) => message).join('; ') : report.message],
      name: `${report.kind.toLowerCase()}.apps/${report.name}`,
      item: report,
    }
  }),
})
