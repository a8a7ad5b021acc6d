import { stringify } from 'yaml'
import type { Standing, UpstreamReport } from '../core/upstream-report.ts'
import { asTable } from './table.ts'

export const UPSTREAM_FORMATS = ['table', 'wide', 'json', 'yaml'] as const
export type UpstreamFormat = (typeof UPSTREAM_FORMATS)[number]

/** Upstreams with their decisions, as one text; `now` in milliseconds. */
export const printUpstreams = (
  reports: readonly UpstreamReport[],
  format: UpstreamFormat,
  now: number,
): string => {
  if (format === 'json') return `${JSON.stringify({ upstreams: reports }, null, 2)}\n`
  if (format === 'yaml') return stringify({ upstreams: reports })
  const isWide = format === 'wide'
  const head = ['namespace', 'name', 'destination', 'mtls', 'reason', 'mesh', 'mode', 'since']
  const rows = reports.map(report => [
    report.namespace,
    report.name,
    report.destination || '-',
    report.standing,
    report.reason,
    report.mesh || '-',
    report.mode || '-',
    ageOf(report.since, now),
    ...(isWide ? [report.by || '-', report.message] : []),
  ])
  return asTable([...head, ...(isWide ? ['selected by', 'message'] : [])], rows)
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const

/** As kubectl tells ages: the largest unit alone. */
const ageOf = (since: string, now: number): string => {
  const seconds = Math.floor((now - Date.parse(since)) / 1000)
  if (Number.isNaN(seconds)) return '-'
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
