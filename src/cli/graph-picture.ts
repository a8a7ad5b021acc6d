import { labelOf, STATES, type State, type Way } from '../core/graph.ts'

/** What pictures of a graph have in common, in whatever language they are drawn. */
export interface Picture {
  readonly gateways: readonly string[]
  readonly namespaces: readonly string[]
  readonly ends: readonly End[]
  readonly trunks: readonly Trunk[]
}

/** Where a way ends: one for each destination of an Upstream. */
export interface End {
  readonly namespace: string
  readonly label: string
  readonly way: Way
}

/** All ways of one state between a gateway and a namespace. */
export interface Trunk {
  readonly gateway: string
  readonly namespace: string
  readonly state: State
  readonly count: number
}

/** Stands for a namespace where there is none, and for a gateway where nobody serves. */
export const OUTSIDE = 'outside of the cluster'
export const NO_GATEWAY = 'no gateway'

export const pictureOf = (ways: readonly Way[]): Picture => {
  const ends = ways.flatMap(endsOf).toSorted(byPlace)
  const trunks = trunksOf(ends)
  return {
    gateways: [...new Set(trunks.map(({ gateway }) => gateway))].toSorted(),
    namespaces: [...new Set(ends.map(({ namespace }) => namespace))],
    ends,
    trunks,
  }
}

const endsOf = (way: Way): readonly End[] =>
  way.destinations.length === 0
    ? [{ namespace: OUTSIDE, label: way.name, way }]
    : way.destinations.map(destination => ({
        namespace: destination.namespace,
        label: labelOf(destination),
        way,
      }))

/** What is outside comes last. */
const byPlace = (one: End, other: End): number =>
  Number(one.namespace === OUTSIDE) - Number(other.namespace === OUTSIDE) ||
  compare(one.namespace, other.namespace) ||
  compare(one.label, other.label) ||
  compare(nameOf(one.way), nameOf(other.way))

const compare = (one: string, other: string): number => Number(one > other) - Number(one < other)

export const nameOf = ({ namespace, name }: Way): string => `${namespace}/${name}`

export const gatewaysOf = ({ gateways }: Way): readonly string[] =>
  gateways.length === 0 ? [NO_GATEWAY] : gateways

const trunksOf = (ends: readonly End[]): readonly Trunk[] => {
  const counts = new Map<string, Trunk>()
  for (const { namespace, way } of ends)
    for (const gateway of gatewaysOf(way)) {
      const key = JSON.stringify([gateway, namespace, way.state])
      const count = (counts.get(key)?.count ?? 0) + 1
      counts.set(key, { gateway, namespace, state: way.state, count })
    }
  const order = (state: State) => STATES.indexOf(state)
  return [...counts.values()].toSorted((one, other) => order(one.state) - order(other.state))
}

/** How each state looks: never by its colour alone. The colours stand out from white by 4.5 to 1 at least. */
export const LOOKS: Readonly<Record<State, Look>> = {
  refused: { title: 'refused', letter: 'R', colour: '#b42318', dashes: '10 3 2 3' },
  waiting: { title: 'waiting', letter: 'W', colour: '#8a5a00', dashes: '9 5' },
  mtls: { title: 'mutual TLS', letter: 'M', colour: '#176b34', dashes: '' },
  plain: { title: 'plain', letter: 'P', colour: '#5b6470', dashes: '1 4' },
}

export interface Look {
  readonly title: string
  readonly letter: string
  readonly colour: string
  /** Of a line, as in SVG; empty draws it through. */
  readonly dashes: string
}

const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufffe\uffff]/gu

/** On one line, with nothing that no picture can hold. */
export const inOneLine = (text: string): string => text.replaceAll(CONTROL, ' ')
