import { stringify } from 'yaml'
import { lineOf } from '../core/explain.ts'
import type { Standing } from '../core/mtls-request.ts'
import type { Patch } from '../core/patch.ts'
import type { Finding } from '../core/reasons.ts'

export const RESULT_FORMATS = ['text', 'json', 'yaml'] as const
export type ResultFormat = (typeof RESULT_FORMATS)[number]

/** What became of an Upstream that was asked to be on or off. */
export interface MtlsResult {
  readonly namespace: string
  readonly name: string
  readonly outcome: 'written' | 'unchanged' | 'dry run' | 'refused'
  /** `overruled`: a webhook of the cluster made something else of what was sent. */
  readonly standing: Standing | 'overruled'
  readonly mesh: string
  readonly mode: string
  readonly findings: readonly Finding[]
  readonly patch: Patch
  /** What it changes: `annotation gloo-istio.io/mtls`, `spec.sslConfig`. */
  readonly fields: readonly string[]
  /** What the API server's webhooks had to say. */
  readonly warnings: readonly string[]
}

const STANDINGS: Readonly<Record<MtlsResult['standing'], string>> = {
  on: 'mutual TLS is on',
  off: 'mutual TLS is off',
  waiting: 'mutual TLS waits for a proxy',
  observed: 'the stage holds mutual TLS back',
  refused: 'left as it is',
  overruled:
    'a webhook of the cluster decided otherwise than this command: give it the same --config',
  selected: 'no longer asks for mutual TLS, but is still selected',
  kept: 'no longer asks for mutual TLS, but its sslConfig is not of gloo-istio and stays',
}

/** For scripts everything, for people what matters, which ends with the command to run next. */
export const printMtlsResult = (result: MtlsResult, format: ResultFormat): string => {
  if (format === 'json') return `${JSON.stringify(result, null, 2)}\n`
  return format === 'yaml' ? stringify(result) : textOf(result)
}

const textOf = (result: MtlsResult): string => {
  const { namespace, name, outcome, standing, mesh, mode, findings } = result
  const lines = [
    `Upstream ${namespace}/${name}: ${outcome === 'dry run' ? 'dry run, were it written: ' : ''}${STANDINGS[standing]}`,
    ...findings.map(found => `  ${found.level.padEnd(7)} ${lineOf(found)}`),
    ...(mesh && standing !== 'refused' ? [`Mesh: ${mesh}${mode && `, mode ${mode}`}`] : []),
    ...writtenOf(result),
    ...nextOf(result),
  ]
  return `${lines.join('\n')}\n`
}

const writtenOf = ({ outcome, patch, fields }: MtlsResult): readonly string[] => {
  if (outcome === 'dry run')
    return ['Patch:', ...patch.map(operation => `  ${JSON.stringify(operation)}`)]
  return outcome === 'written' ? [`Changed: ${fields.join(', ')}`] : []
}

const nextOf = (result: MtlsResult): readonly string[] => {
  const { namespace, name, outcome, standing, mesh, findings } = result
  const place = `--name ${name} --namespace ${namespace}`
  if (outcome === 'dry run') return []
  if (standing === 'refused' && findings[0]?.reason === 'NoSidecars')
    return [
      `To insist: kubectl annotate upstream ${name} -n ${namespace} gloo-istio.io/mtls=enabled gloo-istio.io/mesh=${mesh}`,
    ]
  if (standing === 'on') return [`Prove it: gloo-istio verify upstream ${namespace}/${name}`]
  if (standing === 'waiting')
    return [
      'Next: gloo-istio get proxies shows the proxies; once they carry the mesh, gloo-istio in the cluster switches it on, or this command again',
    ]
  return standing === 'selected' || standing === 'kept'
    ? [`To keep it out whoever selects it: gloo-istio unset upstream mtls ${place} --opt-out`]
    : []
}
