import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isNode,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
  type YAMLSeq,
} from 'yaml'
import type { ReadBootstrap } from '../core/bootstrap.ts'
import { field, fieldAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'

const CLUSTERS = ['static_resources', 'clusters']

/** Many times what Gloo's charts write (7 KB), and read in a few milliseconds. */
const TEXT_LIMIT = 128 * 1024

/**
 * Reads Envoy's bootstrap. Text is added and taken out by the line, so that all else stays as it was
 * written: comments, and the template placeholders in quotes that Gloo's images fill in.
 */
export const readBootstrap: ReadBootstrap = text => {
  if (text.length > TEXT_LIMIT) return undefined
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' })
  const clusters = clustersIn(document)
  const list: unknown = clusters && document.getIn(CLUSTERS, true)
  if (clusters === undefined || !isSeq(list)) return undefined
  const layout = layoutOf(text, list, lines)
  const placesOf = (names: readonly unknown[]) =>
    clusters.flatMap((cluster, at) => (names.includes(field(cluster, 'name')) ? [at] : []))
  const change = (gone: readonly number[], added: readonly JsonObject[]) => {
    const left = clusters.filter((_, at) => !gone.includes(at))
    return (
      confirmed(byLine(layout, gone, added), [...left, ...added]) ?? rewritten(text, gone, added)
    )
  }
  return {
    clusters,
    with: (...added) => change(placesOf(added.map(cluster => cluster['name'])), added),
    without: (...names) => change(placesOf(names), []),
  }
}

/** The lines of a bootstrap, and which of them are items of the list. */
interface Layout {
  readonly lines: readonly string[]
  readonly indent: number
  /** First line of each item. */
  readonly starts: readonly number[]
}

const layoutOf = (text: string, list: YAMLSeq, counter: LineCounter): Layout => {
  const placeOf = (item: unknown) => counter.linePos(isNode(item) && item.range ? item.range[0] : 0)
  return {
    lines: text.split('\n'),
    indent: placeOf(list).col - 1,
    starts: list.items.map(item => placeOf(item).line - 1),
  }
}

/** The line after the last one of the block that begins at `start`: comments behind it are not of it. */
const endOf = (lines: readonly string[], start: number, indent: number): number => {
  let end = start + 1
  for (let at = end; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (/^\s*(#|$)/.test(line)) continue
    if (line.search(/\S/) <= indent) break
    end = at + 1
  }
  return end
}

/** Adds behind the last item, then takes out items, the last of them first. */
const byLine = (
  { lines, indent, starts }: Layout,
  gone: readonly number[],
  added: readonly JsonObject[],
): string => {
  const end = endOf(lines, starts.at(-1) ?? 0, indent)
  const text = added.length === 0 ? [] : stringify(added).trimEnd().split('\n')
  const extended = lines.toSpliced(end, 0, ...text.map(line => ' '.repeat(indent) + line))
  return gone
    .toReversed()
    .map(item => starts[item] ?? 0)
    .reduce((left, start) => left.toSpliced(start, endOf(left, start, indent) - start), extended)
    .join('\n')
}

/** The text, if it says what it should: a list in one line, for one, cannot be extended by the line. */
const confirmed = (text: string, clusters: readonly unknown[]): string | undefined => {
  const found = clustersIn(parseDocument(text, { logLevel: 'error' }))
  return isDeepStrictEqual(found, clusters) ? text : undefined
}

/** The clusters with aliases filled in; undefined where there are none, or aliases beyond all measure. */
const clustersIn = (document: Document.Parsed): readonly unknown[] | undefined => {
  if (document.errors.length > 0) return undefined
  try {
    const list = fieldAt(document.toJS(), ...CLUSTERS)
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}

/** Says the same in the layout of the YAML library. */
const rewritten = (text: string, gone: readonly number[], added: readonly JsonObject[]): string => {
  const copy = parseDocument(text, { logLevel: 'error' })
  for (const at of gone.toReversed()) copy.deleteIn([...CLUSTERS, at])
  for (const cluster of added) copy.addIn(CLUSTERS, copy.createNode(cluster))
  return copy.toString({ lineWidth: 0 })
}
