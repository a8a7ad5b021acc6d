import { STATES, type Way } from '../core/graph.ts'
import { inOneLine, LOOKS, nameOf, pictureOf } from './graph-picture.ts'

/** A flowchart of Mermaid, as Markdown on GitHub shows it. */
export const drawMermaid = (ways: readonly Way[]): string => {
  const { gateways, namespaces, ends, trunks } = pictureOf(ways)
  const states = [...trunks, ...ends.map(({ way }) => way)].map(({ state }) => state)
  const lines = [
    ...gateways.map((name, at) => `g${at}([${quoted(name)}])`),
    ...namespaces.map((name, at) => `n${at}[/${quoted(name)}/]`),
    ...ends.map(({ label, way }, at) => `e${at}[${quoted(`${label} (Upstream ${nameOf(way)})`)}]`),
    ...trunks.map(({ gateway, namespace, state, count }) => {
      const [from, to] = [gateways.indexOf(gateway), namespaces.indexOf(namespace)]
      return `g${from} -- ${quoted(`${count} ${LOOKS[state].title}`)} --> n${to}`
    }),
    ...ends.map(({ namespace, way }, at) => {
      const said = `${LOOKS[way.state].title}: ${way.reason}`
      return `n${namespaces.indexOf(namespace)} -- ${quoted(said)} --> e${at}`
    }),
    ...STATES.flatMap(state => {
      const links = states.flatMap((found, at) => (found === state ? [at] : []))
      return links.length === 0 ? [] : [`linkStyle ${links.join(',')} ${styleOf(state)}`]
    }),
  ]
  return `flowchart LR\n${lines.map(line => `  ${line}\n`).join('')}`
}

const styleOf = (state: Way['state']): string => {
  const { colour, dashes } = LOOKS[state]
  return `stroke:${colour},stroke-width:2px${dashes && `,stroke-dasharray:${dashes}`}`
}

const PLAIN = /[^A-Za-z0-9 ._/:,-]/gu

/**
 * A label of Mermaid. All that could mean something to it, or to the HTML that it makes, is a character code of its
 * own spelling, `#34;`; also what would otherwise be found anywhere in the text, as `%%{init}%%` is
 * (mermaid@11.4.0:packages/mermaid/src/utils.ts, encodeEntities, detectDirective).
 */
const quoted = (text: string): string =>
  `"${inOneLine(text).replaceAll(PLAIN, character => `#${character.codePointAt(0)};`)}"`
