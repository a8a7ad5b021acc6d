import type { State, Way } from '../core/graph.ts'
import { inOneLine, LOOKS, nameOf, pictureOf } from './graph-picture.ts'

const STYLES: Readonly<Record<State, string>> = {
  refused: 'dotted',
  waiting: 'dashed',
  mtls: 'bold',
  plain: 'solid',
}

/** For Graphviz. Names are in labels only: what is a name, and what is a statement, is never in doubt. */
export const drawDot = (ways: readonly Way[]): string => {
  const { gateways, namespaces, ends, trunks } = pictureOf(ways)
  const gateway = (name: string) => `g${gateways.indexOf(name)}`
  const namespace = (name: string) => `n${namespaces.indexOf(name)}`
  const lines = [
    'rankdir=LR',
    'node [shape=box, fontname="sans-serif", fontsize=11]',
    'edge [fontname="sans-serif", fontsize=9]',
    ...gateways.map(name => `${gateway(name)} [label=${quoted(name)}, shape=component]`),
    ...namespaces.map(name => `${namespace(name)} [label=${quoted(name)}, shape=folder]`),
    ...ends.map(
      ({ label, way }, at) =>
        `e${at} [label=${quoted(label)}, tooltip=${quoted(`Upstream ${nameOf(way)}: ${way.message}`)}, color="${LOOKS[way.state].colour}"]`,
    ),
    ...trunks.map(
      ({ gateway: from, namespace: to, state, count }) =>
        `${gateway(from)} -> ${namespace(to)} ${edge(state, `${count} ${LOOKS[state].title}`)}`,
    ),
    ...ends.map(
      ({ namespace: from, way }, at) =>
        `${namespace(from)} -> e${at} ${edge(way.state, `${LOOKS[way.state].title}: ${way.reason}`)}`,
    ),
  ]
  return `digraph "gloo-istio" {\n${lines.map(line => `  ${line};\n`).join('')}}\n`
}

const edge = (state: State, label: string): string =>
  `[label=${quoted(label)}, color="${LOOKS[state].colour}", style=${STYLES[state]}]`

/**
 * A string of DOT. Graphviz replaces escapes such as `\N`, and HTML entities, in labels
 * (graphviz@12.0.0:lib/cgraph/scan.l, lib/common/labels.c), so that both are written out.
 */
const quoted = (text: string): string =>
  `"${inOneLine(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;')}"`
