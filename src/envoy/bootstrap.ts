import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isMap,
  isNode,
  isSeq,
  LineCounter,
  parseDocument,
  stringify,
  type YAMLSeq,
} from 'yaml'
import type { ReadBootstrap } from '../core/bootstrap.ts'
import type { JsonObject } from '../core/types.ts'

const CLUSTERS = ['static_resources', 'clusters']

/**
 * Reads Envoy's bootstrap. Text is added and taken out by the line, so that all else stays as it was
 * written: comments, and the template placeholders in quotes that Gloo's images fill in.
 */
export const readBootstrap: ReadBootstrap = text => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' })
  const list: unknown = document.errors.length > 0 ? undefined : document.getIn(CLUSTERS, true)
  if (!isSeq(list)) return undefined
  const clusters: readonly unknown[] = list.toJSON()
  const layout = layoutOf(text, list, lines)
  return {
    clusters,
    with: (...added) =>
      confirmed(append(layout, added), [...clusters, ...added]) ??
      rewritten(text, copy => {
        for (const cluster of added) copy.addIn(CLUSTERS, copy.createNode(cluster))
      }),
    without: (...names) => {
      const isGone = (item: unknown) => isMap(item) && names.includes(String(item.get('name')))
      const gone = list.items.flatMap((item, at) => (isGone(item) ? [at] : [])).toReversed()
      const left = clusters.filter((_, at) => !gone.includes(at))
      return (
        confirmed(takeOut(layout, gone), left) ??
        rewritten(text, copy => {
          for (const at of gone) copy.deleteIn([...CLUSTERS, at])
        })
      )
    },
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

const append = ({ lines, indent, starts }: Layout, clusters: readonly JsonObject[]): string => {
  const end = endOf(lines, starts.at(-1) ?? 0, indent)
  const added = stringify(clusters).trimEnd().split('\n')
  return lines.toSpliced(end, 0, ...added.map(line => ' '.repeat(indent) + line)).join('\n')
}

/** Without items, the last of them first. */
const takeOut = ({ lines, indent, starts }: Layout, gone: readonly number[]): string =>
  gone
    .reduce((left, item) => {
      const start = starts[item] ?? 0
      return left.toSpliced(start, endOf(left, start, indent) - start)
    }, lines)
    .join('\n')

/** The text, if it says what it should: a list in one line, for one, cannot be extended by the line. */
const confirmed = (text: string, clusters: readonly unknown[]): string | undefined => {
  const document = parseDocument(text, { logLevel: 'silent' })
  if (document.errors.length > 0) return undefined
  const found: unknown = document.getIn(CLUSTERS, true)
  return isSeq(found) && isDeepStrictEqual(found.toJSON(), clusters) ? text : undefined
}

/** Says the same in the layout of the YAML library. */
const rewritten = (text: string, change: (copy: Document) => void): string => {
  const copy = parseDocument(text, { logLevel: 'silent' })
  change(copy)
  return copy.toString({ lineWidth: 0 })
}
