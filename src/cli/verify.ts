import type { Verification } from '../core/verify.ts'
import { LINKS, type Link, type LinkState } from '../core/verify-breaks.ts'
import type { UpstreamWanted } from '../core/verify-decision.ts'

/** Gives a text its colour, where colours are wanted. */
export type Paint = (colour: 'green' | 'yellow' | 'red' | 'bold', text: string) => string

const MARKS: Readonly<Record<LinkState, readonly [Parameters<Paint>[0], string]>> = {
  ok: ['green', '✔'],
  unseen: ['yellow', '‼'],
  broken: ['red', '✘'],
}

const WIDTH = Math.max(...LINKS.map(link => link.length))

/** Every link with its mark, and what comes of them. */
export const verifyText = (
  { report, tls }: Pick<UpstreamWanted, 'report' | 'tls'>,
  found: Verification,
  paint: Paint,
): string => {
  const lineOf = ({ link, state, seen }: Link) => {
    const [colour, mark] = MARKS[state]
    return `${paint(colour, mark)} ${link.padEnd(WIDTH)}  ${seen}`
  }
  const title = paint('bold', `Upstream ${report.namespace}/${report.name}`)
  const pods = found.pods.flatMap(({ pod, links }) => [
    '',
    paint('bold', `${pod.proxy}${pod.name && `, pod ${pod.name}`}`),
    ...links.map(lineOf),
  ])
  const speaks = tls === undefined ? 'plain text' : 'mutual TLS'
  const lines = [
    title,
    ...found.links.map(lineOf),
    ...pods,
    ...lastLines(found, `${speaks} with ${report.destination || 'it'}`, paint),
  ]
  return `${lines.join('\n')}\n`
}

/** What could not be asked is said as an error. */
const lastLines = (found: Verification, speaks: string, paint: Paint): readonly string[] => {
  const { verdict } = found
  if (verdict === 'proved')
    return ['', paint('green', `Proved: Envoy speaks ${speaks}, as decided`)]
  if (verdict === 'untried')
    return [
      '',
      paint('yellow', `Envoy is set to speak ${speaks}, as decided; nobody has asked it to yet`),
    ]
  if (verdict === 'unasked' || found.break === undefined) return []
  const { link, code, message, hint } = found.break
  return ['', paint('red', `Broken at ${link}: ${message} [${code}]`), `  now: ${hint}`]
}

/** The same as data. */
export const verifyJson = (
  { report }: Pick<UpstreamWanted, 'report'>,
  { verdict, break: first, links, pods }: Verification,
): string => {
  const { namespace, name, destination, standing, reason, message, mesh, mode } = report
  const result = {
    upstream: { namespace, name, destination },
    decision: { standing, reason, message, mesh, mode },
    verdict,
    break: first ?? null,
    links,
    pods: pods.map(({ pod, links: found }) => ({ ...pod, links: found })),
  }
  return `${JSON.stringify(result, null, 2)}\n`
}
