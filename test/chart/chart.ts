import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { field, fieldAt, items, textAt } from '../../src/core/json.ts'
import { run } from '../parts/command.ts'
import { requirePart } from '../parts/parts.ts'

const root = new URL('../../', import.meta.url)
export const chart = fileURLToPath(new URL('charts/gloo-istio', root))
export const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
export const newestVersion = '1.37'

/** What stands for itself beside the chart, to be used as it is. */
const SHIPPED = 'ha'

/** The chart's own sets of values, one for each way to install it. */
const allSets = [
  SHIPPED,
  ...readdirSync(`${chart}/ci`).map(file => file.replace('-values.yaml', '')),
].toSorted()

/** Those with objects of kinds that somebody else brings. */
export const foreignSets = ['cert-manager', 'cert-manager-issuer', 'monitoring']
export const valueSets = allSets.filter(name => !foreignSets.includes(name))

const pathOf = (values: string) =>
  values === SHIPPED ? 'values-ha.yaml' : `ci/${values}-values.yaml`

/** A set of values as it is written. */
export const readValues = (values: string) => read(`charts/gloo-istio/${pathOf(values)}`)

export const helm = (...args: readonly string[]) => run({ file: requirePart('helm').helm, args })

export interface Render {
  /** One of the chart's own sets of values, in its folder `ci`. */
  readonly values?: string
  readonly set?: readonly string[]
  readonly version?: string
  readonly from?: string
  /** One of the chart's templates, instead of all. */
  readonly only?: string
}

/** Release `edge` in namespace `mesh`. */
export const template = (options: Render) => {
  const { values, set = [], version = newestVersion, from = chart, only } = options
  return helm(
    'template',
    'edge',
    from,
    '--namespace=mesh',
    `--kube-version=${version}`,
    ...(values === undefined ? [] : [`--values=${chart}/${pathOf(values)}`]),
    ...set.map(assignment => `--set=${assignment}`),
    ...(only === undefined ? [] : [`--show-only=${only}`]),
  )
}

/** Everything that Helm would send, hooks too. */
export const renderAll = async (options: Render): Promise<readonly unknown[]> => {
  const { stdout, stderr, code } = await template(options)
  if (code !== 0) throw new Error(stderr)
  return parseAllDocuments(stdout).map(document => document.toJS() as unknown)
}

/** The hook that an object is of; undefined for what stays. */
export const hookOf = (object: unknown): unknown =>
  fieldAt(object, 'metadata', 'annotations', 'helm.sh/hook')

const nameOf = (object: unknown) => textAt(object, 'metadata', 'name')

/** By kind, what is there of the process once all hooks are over; of two, the one that is named as the release is. */
export type Objects = ReadonlyMap<string, unknown>

export const objectsOf = (all: readonly unknown[]): Objects =>
  new Map(
    all
      .filter(object => hookOf(object) === undefined && isOfProcess(object))
      .toSorted((one, other) => nameOf(other).length - nameOf(one).length)
      .map(object => [textAt(object, 'kind'), object]),
  )

const isOfProcess = (object: unknown) =>
  fieldAt(object, 'metadata', 'labels', 'app.kubernetes.io/component') === 'webhook'

export const render = async (options: Render): Promise<Objects> =>
  objectsOf(await renderAll(options))

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
