import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { field, fieldAt, items } from '../../src/core/json.ts'
import { run } from '../parts/command.ts'
import { requirePart } from '../parts/parts.ts'

const root = new URL('../../', import.meta.url)
export const chart = fileURLToPath(new URL('charts/gloo-istio', root))
export const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
export const newestVersion = '1.37'

/** The chart's own sets of values, one for each way to install it. */
export const valueSets = readdirSync(`${chart}/ci`).map(file => file.replace('-values.yaml', ''))

export const helm = (...args: readonly string[]) => run({ file: requirePart('helm').helm, args })

export interface Render {
  /** One of the chart's own sets of values, in its folder `ci`. */
  readonly values?: string
  readonly set?: readonly string[]
  readonly version?: string
  readonly from?: string
}

/** Release `edge` in namespace `mesh`. */
export const template = ({ values, set = [], version = newestVersion, from = chart }: Render) =>
  helm(
    'template',
    'edge',
    from,
    '--namespace=mesh',
    `--kube-version=${version}`,
    ...(values === undefined ? [] : [`--values=${chart}/ci/${values}-values.yaml`]),
    ...set.map(assignment => `--set=${assignment}`),
  )

/** By kind: the chart has one object of each. */
export type Objects = ReadonlyMap<string, unknown>

export const render = async (options: Render): Promise<Objects> => {
  const { stdout, stderr, code } = await template(options)
  if (code !== 0) throw new Error(stderr)
  return new Map(
    parseAllDocuments(stdout)
      .map(document => document.toJS() as unknown)
      .map(object => [String(field(object, 'kind')), object]),
  )
}

export const webhooksOf = (objects: Objects) =>
  items(field(objects.get('MutatingWebhookConfiguration'), 'webhooks'))

export const podOf = (objects: Objects) =>
  fieldAt(objects.get('Deployment'), 'spec', 'template', 'spec')

export const containerOf = (objects: Objects) => items(field(podOf(objects), 'containers'))[0]

export const keys = (value: unknown) => Object.keys(Object(value)).toSorted()

export const oneMesh = [
  'gloo.version=1.17.3',
  'meshes[0].namespace=istio-system',
  'meshes[0].name=istio',
  'meshes[0].istioVersion=1.22.3',
]
