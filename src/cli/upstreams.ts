import type { Standing, UpstreamReport } from '../core/upstream-report.ts'
import type { Listing } from './output.ts'

/** Upstreams with their decisions; `now` in milliseconds. */
export const upstreamListing = (reports: readonly UpstreamReport[], now: number): Listing => ({
  kind: 'upstreams',
  head: ['namespace', 'name', 'destination', 'mtls', 'reason', 'mesh', 'mode', 'since'],
  more: ['selected by', 'message'],
  rows: reports.map(report => ({
    cells: [
      report.namespace,
      report.name,
      report.destination,
      report.standing,
      report.reason,
      report.mesh,
      report.mode,
      ageOf(report.since, now),
    ],
    more: [report.by, report.message],
    name: `upstream.gloo.solo.io/${report.name}`,
    item: report,
  })),
})

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const

/** As kubectl tells ages: the largest unit alone; empty for a time that is not told. */
export const ageOf = (since: string, now: number): string => {
  const seconds = Math.floor((now - Date.parse(since)) / 1000)
  if (Number.isNaN(seconds)) return ''
  const [unit, length] = UNITS.find(([, found]) => seconds >= found) ?? ['s', 1]
  return `${Math.floor(Math.max(0, seconds) / length)}${unit}`
}

const MARK = '→'

const headOf = (standing: Standing) =>
  standing === 'observed' ? 'Would be written with stage inject:' : 'To be written:'

/** Everything that led to the decision on one Upstream. */
export const explainUpstream = (report: UpstreamReport): string => {
  const { namespace, name, destination, rules, by, findings, patch, mesh, mode, since } = report
  const { standing } = report
  const lines = [
    `Upstream ${namespace}/${name}, which leads to ${destination || 'no Service of the cluster'}`,
    '',
    'Rules, the first that speaks wins:',
    ...rules.map(({ rule, saw }, at) => {
      const mark = rule === by ? MARK : ' '
      return ` ${mark} ${at + 1}. ${rule.padEnd(21)} ${saw}`
    }),
    ...(by === '' ? ['   none of them speaks'] : []),
    '',
    `Decision: ${standing}`,
    ...findings.map(({ level, message, reason }) => `  ${level.padEnd(7)} ${message} [${reason}]`),
    ...(mesh ? ['', `Mesh ${mesh}${mode && `, mode ${mode}`}${since && `, since ${since}`}`] : []),
    ...(patch.length > 0
      ? ['', headOf(standing), ...patch.map(line => `  ${JSON.stringify(line)}`)]
      : []),
  ]
  return `${lines.join('\n')}\n`
}
