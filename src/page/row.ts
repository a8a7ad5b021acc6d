import type { Way } from '../core/graph.ts'
import { element } from './elements.ts'
import type { Entry } from './filter.ts'
import { identityOf, LETTERS, lifeOf, namespacesOf, servicesOf, TITLES } from './words.ts'

/** A row, and the way that it shows. */
export interface Row {
  readonly element: HTMLTableRowElement
  readonly button: HTMLButtonElement
  way: Way | undefined
}

export const createRow = ({ key, way }: Entry, select: (key: string) => void): Row => {
  const button = element(
    'button',
    { type: 'button', class: 'name', title: key, 'aria-expanded': 'false' },
    way.name,
  )
  button.addEventListener('click', () => select(key))
  const row: Row = { element: element('tr', { 'data-key': key }), button, way: undefined }
  fillRow(row, way)
  return row
}

/** Shows a way as it is now; the button stays, and with it the focus. */
export const fillRow = (row: Row, way: Way): void => {
  if (row.way === way) return
  const isChanged = row.way !== undefined
  row.way = way
  row.element.dataset['state'] = way.state
  const [state, gateway, namespace, service, name, ...more] = cellsOf(way)
  const text = `${way.reason} · ${way.namespace}`
  const said = element('span', { class: 'reason', title: way.message }, text)
  name?.append(row.button, said)
  const cells = [state, gateway, namespace, service, name, ...more]
  const isFocused = document.activeElement === row.button
  row.element.replaceChildren(...cells.filter(cell => cell !== undefined))
  if (isFocused) row.button.focus()
  if (isChanged) flash(row.element)
}

const FLASH_MS = 1600

const flash = (row: HTMLElement): void => {
  row.classList.add('changed')
  setTimeout(() => row.classList.remove('changed'), FLASH_MS)
}

const cellsOf = (way: Way): readonly HTMLTableCellElement[] => [
  element('td', {}, badgeOf(way)),
  element(
    'td',
    { class: 'step' },
    box(way.gateways.map(shortOf), 'no gateway', way.gateways),
    arrow(),
  ),
  element('td', { class: 'step' }, box(namespacesOf(way), ''), arrow()),
  element('td', { class: 'step' }, box(servicesOf(way), '')),
  element('th', { scope: 'row' }),
  element('td', { class: 'more' }, way.mesh || '–', ...(way.mode ? [small(way.mode)] : [])),
  element('td', { class: 'more', title: way.accepted.join(', ') || undefined }, identityOf(way)),
  element('td', { class: 'more' }, way.mesh === '' ? '–' : lifeOf(way, Date.now())),
]

export const badgeOf = ({ state, standing }: Way): HTMLElement =>
  element(
    'span',
    { class: 'badge', 'data-state': state },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, LETTERS[state]),
    TITLES[state],
    ...(standing === state ? [] : [small(standing)]),
  )

const small = (text: string): HTMLElement => element('small', {}, text)

const arrow = (): HTMLElement => element('span', { class: 'arrow', 'aria-hidden': 'true' })

/** `gateway-proxy`: which namespace it is in, its title tells. */
const shortOf = (place: string): string => place.slice(place.indexOf('/') + 1)

/** The first of several, and how many more there are. */
const box = (names: readonly string[], none: string, whole = names): HTMLElement => {
  const [first = none, ...others] = names
  const more = others.length === 0 ? [] : [small(`+${others.length}`)]
  const name = element('span', { class: 'first' }, first)
  return element('span', { class: 'box', title: whole.join(', ') || none }, name, ...more)
}
