import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml'
import { read } from './chart.ts'

/** A value as values.yaml tells of it, in the notation of helm-docs: a comment that begins with `# --`. */
export interface DocumentedValue {
  /** `webhook.port` */
  readonly path: string
  readonly value: unknown
  readonly description: string
}

/** What stands right above a key; what stands above that is not about it. */
const commentOn = (map: YAMLMap, pair: Pair, index: number): string => {
  const own = isScalar(pair.key) ? pair.key.commentBefore : undefined
  const above = own ?? (index === 0 ? map.commentBefore : undefined) ?? ''
  return above.split('\n\n').at(-1) ?? ''
}

/** One line of prose; choices, which are indented, each on a line of its own. What comes after an empty comment is left out. */
const proseOf = (comment: string): string => {
  const lines = comment.replace(/^ -- /, ' ').split('\n')
  const end = lines.findIndex(line => line.trim() === '')
  return lines
    .slice(0, end < 0 ? undefined : end)
    .map(line =>
      line
        .replace(/^ {3}(\S+) {2,}/, '<br>$1: ')
        .replace(/^ {5,}/, ' ')
        .replace(/^ (?=\S)/, ' '),
    )
    .join('')
    .trim()
    .replaceAll(/\s+/g, ' ')
}

const valuesOf = (map: YAMLMap, path: readonly string[]): readonly DocumentedValue[] =>
  map.items.flatMap((pair, index) => {
    const at = [...path, String(pair.key)]
    const comment = commentOn(map, pair, index)
    if (comment.startsWith(' -- '))
      return [{ path: at.join('.'), value: pair.value, description: proseOf(comment) }]
    return isMap(pair.value) ? valuesOf(pair.value, at) : [undocumented(at)]
  })

const undocumented = (at: readonly string[]): never => {
  throw new Error(`values.yaml does not say what ${at.join('.')} is`)
}

/** Every value of the chart, in the order of values.yaml. */
export const documentedValues = (): readonly DocumentedValue[] => {
  const document = parseDocument(read('charts/gloo-istio/values.yaml'))
  if (!isMap(document.contents)) throw new Error('values.yaml is no map')
  return valuesOf(document.contents, []).map(({ value, ...documented }) => ({
    ...documented,
    value: document.createNode(value).toJS(document),
  }))
}

const escaped = (text: string) => text.replaceAll(/<(?!br>)/g, '&lt;').replaceAll('|', '\\|')

/** What some mean would make the columns as wide as a wall. */
const UNALIGNED = '<!-- biome-ignore format: columns of sentences are not to be in line -->'

/** All of them as a table in Markdown. */
export const valuesMarkdown = (): string =>
  `${UNALIGNED}\n\n${rows()
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')}`

const rows = (): readonly (readonly string[])[] => [
  ['value', 'default', 'meaning'],
  ['---', '---', '---'],
  ...documentedValues().map(({ path, value, description }) => [
    `\`${path}\``,
    `\`${JSON.stringify(value)}\``,
    escaped(description),
  ]),
]
