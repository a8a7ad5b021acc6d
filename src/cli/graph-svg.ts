import { countStates, STATES, type State, type Way } from '../core/graph.ts'
import { type Layout, layOut, ROW, WIDTH, X } from './graph-layout.ts'
import {
  type End,
  inOneLine,
  LOOKS,
  nameOf,
  type Picture,
  pictureOf,
  type Trunk,
} from './graph-picture.ts'

/** The picture as a document of its own: no script, no font and no image from elsewhere. */
export const drawSvg = (ways: readonly Way[]): string => {
  const picture = pictureOf(ways)
  const layout = layOut(picture)
  const { height } = layout
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc" font-family="ui-sans-serif, system-ui, 'Segoe UI', sans-serif" font-size="13" fill="#1f2630">`,
    '<title id="title">Ways of Upstreams</title>',
    `<desc id="desc">${descriptionOf(ways)}</desc>`,
    `<rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff"/>`,
    ...legend(ways),
    ...heads(),
    ...picture.trunks.map(trunk => drawTrunk(trunk, picture, layout)),
    ...picture.ends.map((end, at) => drawEnd(end, layout.end(at), layout)),
    ...picture.namespaces.map(name => box(name, X.namespace, layout.namespace(name))),
    ...picture.gateways.map(name => box(name, X.gateway, layout.gateway(name))),
    '</svg>\n',
  ].join('\n')
}

const countsIn = (ways: readonly Way[]): readonly (readonly [State, number])[] => {
  const counts = countStates(ways)
  return STATES.map(state => [state, counts[state]])
}

const descriptionOf = (ways: readonly Way[]): string => {
  const counts = countsIn(ways).map(([state, count]) => `${count} ${LOOKS[state].title}`)
  const all = `${ways.length} Upstream${ways.length === 1 ? '' : 's'}`
  return `${all}, each from gateway by namespace to Service: ${counts.join(', ')}.`
}

const legend = (ways: readonly Way[]): readonly string[] =>
  countsIn(ways).map(([state, count], at) => {
    const x = X.gateway.at + at * 190
    return `<g>${line(state, `M${x} 28H${x + 46}`)}${badge(state, x + 60, 28)}<text x="${x + 76}" y="32">${LOOKS[state].title}: ${count}</text></g>`
  })

const heads = (): readonly string[] =>
  (
    [
      [X.gateway.at, 'Gateway'],
      [X.namespace.at, 'Namespace'],
      [X.end.at, 'Service'],
      [X.reason, 'Reason'],
    ] as const
  ).map(([x, text]) => `<text x="${x}" y="68" font-weight="600">${text}</text>`)

const line = (state: State, path: string): string => {
  const { colour, dashes } = LOOKS[state]
  const dashed = dashes && ` stroke-dasharray="${dashes}"`
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashed}/>`
}

const curve = (fromX: number, fromY: number, toX: number, toY: number): string => {
  const middle = (fromX + toX) / 2
  return `M${fromX} ${fromY}C${middle} ${fromY} ${middle} ${toY} ${toX} ${toY}`
}

/** Ways of several states lie beside one another. */
const drawTrunk = (
  { gateway, namespace, state, count }: Trunk,
  picture: Picture,
  layout: Layout,
) => {
  const states = picture.trunks.filter(
    other => other.gateway === gateway && other.namespace === namespace,
  )
  const shift = (states.findIndex(other => other.state === state) - (states.length - 1) / 2) * 5
  const from = layout.gateway(gateway) + shift
  const to = layout.namespace(namespace) + shift
  const path = curve(X.gateway.at + X.gateway.wide, from, X.namespace.at, to)
  const said = `${gateway} to ${namespace}: ${count} ${LOOKS[state].title}`
  return `<g><title>${escaped(said)}</title>${line(state, path)}</g>`
}

const drawEnd = ({ namespace, label, way }: End, y: number, layout: Layout): string => {
  const { state, reason, message, mesh, mode } = way
  const from = X.namespace.at + X.namespace.wide
  const said = `Upstream ${nameOf(way)}: ${LOOKS[state].title}. ${message} [${reason}]`
  const by = [mesh, mode].filter(part => part !== '').join(', ')
  return [
    `<g><title>${escaped(said)}</title>`,
    line(state, curve(from, layout.namespace(namespace), X.end.at, y)),
    box(label, X.end, y, LOOKS[state].colour),
    badge(state, X.reason - 18, y),
    `<text x="${X.reason}" y="${y + 4}">${clipped(reason, 24)}<tspan fill="#5b6470" font-size="11" dx="8">${clipped(by, 38)}</tspan></text></g>`,
  ].join('')
}

const box = (
  name: string,
  { at, wide }: { readonly at: number; readonly wide: number },
  y: number,
  colour = '#8b95a1',
): string =>
  `<g><title>${escaped(name)}</title><rect x="${at}" y="${y - ROW / 2 + 4}" width="${wide}" height="${ROW - 8}" rx="5" fill="#f6f8fa" stroke="${colour}"/><text x="${at + 10}" y="${y + 4}">${clipped(name, Math.floor(wide / 8.2))}</text></g>`

const SHAPES: Readonly<Record<State, (x: number, y: number) => string>> = {
  refused: (x, y) => `<rect x="${x - 8}" y="${y - 8}" width="16" height="16"`,
  waiting: (x, y) => `<path d="M${x} ${y - 10}l10 10l-10 10l-10 -10z"`,
  mtls: (x, y) => `<circle cx="${x}" cy="${y}" r="9"`,
  plain: (x, y) => `<rect x="${x - 9}" y="${y - 7}" width="18" height="14" rx="7"`,
}

/** A shape and a letter for each state. */
const badge = (state: State, x: number, y: number): string => {
  const { colour, letter } = LOOKS[state]
  const text = `<text x="${x}" y="${y + 4}" text-anchor="middle" font-size="11" font-weight="700" fill="#ffffff">${letter}</text>`
  return `${SHAPES[state](x, y)} fill="${colour}"/>${text}`
}

const clipped = (text: string, length: number): string =>
  escaped(text.length > length ? `${text.slice(0, length - 1)}…` : text)

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string =>
  inOneLine(text).replaceAll(/[&<>"']/g, character => ENTITIES[character] ?? '')
