import { counted, listed } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { type UpstreamLook, upstreamsOf } from './check-look.ts'
import type { Standing } from './upstream-report.ts'

/** What checks of Upstreams have in common. */

export const NEEDS = [
  'upstreams',
  'proxies',
  'proxyDaemonSets',
  'services',
  'pods',
  'namespaces',
] as const

export const NONE = 'there are no Upstreams'

export const standing = (
  evidence: Evidence,
  ...wanted: readonly Standing[]
): readonly UpstreamLook[] =>
  upstreamsOf(evidence).filter(({ report }) => wanted.includes(report.standing))

const reasoned = (looks: readonly UpstreamLook[]): readonly string[] =>
  looks.map(({ place, report }) => `${place}: ${report.message} [${report.reason}]`)

/** Sums up, with why the first of them is as it is. */
export const summed = (looks: readonly UpstreamLook[], what: string): string => {
  const names = listed(looks.map(({ place }) => place))
  const [first = ''] = reasoned(looks)
  return `${counted(looks.length, 'Upstream')} ${what}: ${names}; ${first}`
}

/** Where to read how it came to that, of the first of them. */
export const explain = ([first]: readonly UpstreamLook[]): string =>
  `gloo-istio explain upstream ${first?.place}`
