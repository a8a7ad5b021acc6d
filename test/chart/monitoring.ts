import { parse } from 'yaml'
import { field, fieldAt, items, textAt } from '../../src/core/json.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { read, renderAll } from './chart.ts'

/** An alert as `files/alerts.yaml` has it. */
export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly severity: string
  readonly summary: string
  readonly description: string
}

export interface Row {
  readonly title: string
  readonly panels: readonly {
    readonly title: string
    readonly about: string
    readonly queries: readonly (readonly [string, string])[]
  }[]
}

export const alerts: readonly Alert[] = parse(read('charts/gloo-istio/files/alerts.yaml'))
export const rows: readonly Row[] = parse(read('charts/gloo-istio/files/dashboard.yaml'))

/** All objects of one kind, in namespace `mesh` as release `edge`; an error of Helm is thrown. */
export const rendered = async (kind: string, ...set: string[]): Promise<readonly unknown[]> =>
  (await renderAll({ set })).filter(object => field(object, 'kind') === kind)

export const rulesOf = (object: unknown): readonly unknown[] =>
  items(fieldAt(object, 'spec', 'groups')).flatMap(group => items(field(group, 'rules')))

/** What Prometheus adds to each series of a ServiceMonitor. */
const SCRAPED = ['namespace', 'job', 'pod', 'instance', 'service', 'endpoint', 'container']

/**
 * What the API server counts of its calls; test/integration/api-server-metrics.test.ts looks whether it does.
 */
export const API_SERVER: Readonly<Record<string, readonly string[]>> = {
  apiserver_admission_webhook_rejection_count: [
    'error_type',
    'name',
    'operation',
    'rejection_code',
    'type',
  ],
  apiserver_admission_webhook_fail_open_count: ['name', 'type'],
  apiserver_admission_webhook_admission_duration_seconds_bucket: [
    'le',
    'name',
    'operation',
    'rejected',
    'type',
  ],
}

/** The metrics of the reference, which test/docs.test.ts holds to be all there are, with their labels. */
const ours = (): readonly (readonly [string, readonly string[]])[] =>
  [...read('docs/reference/metrics.md').matchAll(/^\| `(\w+)`\s*\| (\w+)\s*\| ([^|]*)\|/gm)].map(
    ([, name = '', type = '', labels = '']) => {
      const named = [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label)
      return type === 'histogram' ? [`${name}_bucket`, [...named, 'le']] : [name, named]
    },
  )

const ofNode = async (): Promise<readonly (readonly [string, readonly string[]])[]> =>
  [...(await createMetrics().text()).matchAll(/^# TYPE ((?:process|nodejs)_\w+)/gm)].map(
    ([, name = '']) => [name, []],
  )

/** Every metric that there is, and the labels that it can have. */
export const knownMetrics = async (): Promise<ReadonlyMap<string, readonly string[]>> =>
  new Map(
    [['up', []] as const, ...ours(), ...(await ofNode()), ...Object.entries(API_SERVER)].map(
      ([name, labels]) => [name, [...SCRAPED, ...labels]],
    ),
  )

/** An expression of the chart's files as it is for Prometheus, with matchers and figures of any release. */
export const filledIn = (expression: string): string =>
  expression
    .replaceAll('<release>', 'namespace="mesh",job="edge"')
    .replaceAll('<webhooks>', 'type="admit",name=~"x"')
    .replaceAll('<scraped-before>', 'and on (job, instance) (up offset 5m)')
    .replaceAll('$__rate_interval', '5m')
    .replaceAll(/<[a-z-]+>/g, '1')

const KEYWORDS = ['and', 'or', 'unless', 'offset', 'by', 'on']

const withoutStrings = (expression: string) => expression.replaceAll(/"[^"]*"/g, '""')

/** The metrics that an expression asks for. */
export const metricsIn = (expression: string): readonly string[] => {
  const bare = withoutStrings(expression)
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on)\s*\([^)]*\)/g, '')
  const words = [...bare.matchAll(/(?<!\w)[a-zA-Z_]\w*(?!\w*\s*\()/g)].map(([word]) => word)
  return [...new Set(words)].filter(word => !KEYWORDS.includes(word))
}

/** The labels that it matches, or groups by. */
export const labelsIn = (expression: string): readonly string[] => {
  const bare = withoutStrings(expression)
  const matched = [...bare.matchAll(/(\w+)(?:=~|!~|!=|=)""/g)].map(([, label = '']) => label)
  const grouped = [...bare.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, labels = '']) =>
    labels.split(',').map(label => label.trim()),
  )
  return [...new Set([...matched, ...grouped])]
}

export const expressionOf = (rule: unknown): string => textAt(rule, 'expr')
