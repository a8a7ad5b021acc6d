import type { Picture } from './graph-picture.ts'

/** Height of a row, and where the columns are, in pixels. */
export const ROW = 32
export const WIDTH = 1180
export const X = {
  gateway: { at: 24, wide: 220 },
  namespace: { at: 350, wide: 170 },
  end: { at: 620, wide: 200 },
  reason: 862,
}

const TOP = 80
const BOTTOM = 16
/** Between the Services of two namespaces. */
const GAP = 10

/** The middle of each box. */
export interface Layout {
  readonly height: number
  readonly gateway: (name: string) => number
  readonly namespace: (name: string) => number
  readonly end: (at: number) => number
}

/**
 * Three columns: Services one below another, each namespace at the middle of its own, gateways spread over the height. Nothing
 * has to be searched for, as a library for graphs would.
 */
export const layOut = ({ gateways, namespaces, ends }: Picture): Layout => {
  const group = new Map(namespaces.map((name, at) => [name, at]))
  const ys = ends.map(
    ({ namespace }, at) => TOP + at * ROW + (group.get(namespace) ?? 0) * GAP + ROW / 2,
  )
  const middles = middlesOf(ends, ys)
  const below = Math.max(TOP + gateways.length * ROW, (ys.at(-1) ?? TOP) + ROW / 2)
  const share = (below - TOP) / Math.max(1, gateways.length)
  return {
    height: below + BOTTOM,
    gateway: name => TOP + share * (gateways.indexOf(name) + 0.5),
    namespace: name => middles.get(name) ?? TOP,
    end: at => ys[at] ?? TOP,
  }
}

const middlesOf = (ends: Picture['ends'], ys: readonly number[]): ReadonlyMap<string, number> => {
  const spans = new Map<string, readonly [number, number]>()
  ends.forEach(({ namespace }, at) => {
    const y = ys[at] ?? TOP
    spans.set(namespace, [spans.get(namespace)?.[0] ?? y, y])
  })
  return new Map([...spans].map(([name, [first, last]]) => [name, (first + last) / 2]))
}
