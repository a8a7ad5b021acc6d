import type { State, Way } from '../core/graph.ts'
import { byId, element } from './elements.ts'
import { EVERYTHING, type Filter } from './filter.ts'
import { LETTERS, namespacesOf, STATES, TITLES } from './words.ts'

/** The form above the table: what it holds, and what there is to choose from. */
export class Filters {
  readonly #form = byId('filters', HTMLFormElement)
  readonly #search = byId('search', HTMLInputElement)
  readonly #namespace = byId('namespace', HTMLSelectElement)
  readonly #mesh = byId('mesh', HTMLSelectElement)
  readonly #buttons: ReadonlyMap<State, HTMLButtonElement>

  constructor(onChange: () => void) {
    this.#buttons = new Map(STATES.map(state => [state, createButton(state)]))
    for (const button of this.#buttons.values()) {
      button.addEventListener('click', () => {
        button.setAttribute('aria-pressed', String(!isPressed(button)))
        onChange()
      })
      byId('states', HTMLFieldSetElement).append(button)
    }
    this.#form.addEventListener('input', onChange)
    this.#form.addEventListener('submit', event => event.preventDefault())
    this.#form.addEventListener('reset', event => {
      event.preventDefault()
      this.set(EVERYTHING)
      onChange()
    })
  }

  get(): Filter {
    return {
      text: this.#search.value,
      states: STATES.filter(state => isPressed(this.#buttons.get(state))),
      namespace: this.#namespace.value,
      mesh: this.#mesh.value,
    }
  }

  set({ text, states, namespace, mesh }: Filter): void {
    this.#search.value = text
    for (const [state, button] of this.#buttons)
      button.setAttribute('aria-pressed', String(states.includes(state)))
    choose(this.#namespace, namespace)
    choose(this.#mesh, mesh)
  }

  focusSearch(): void {
    this.#search.focus()
    this.#search.select()
  }

  /** What there is to choose from now, and how many of each state. */
  setWays(ways: readonly Way[]): void {
    for (const [state, button] of this.#buttons) {
      const count = ways.filter(way => way.state === state).length
      const number = button.querySelector('.number')
      if (number) number.textContent = count.toLocaleString('en')
    }
    offer(this.#namespace, 'all namespaces', ways.flatMap(namespacesOf))
    offer(
      this.#mesh,
      'all meshes',
      ways.map(({ mesh }) => mesh),
    )
  }
}

const isPressed = (button: HTMLButtonElement | undefined): boolean =>
  button?.getAttribute('aria-pressed') === 'true'

const createButton = (state: State): HTMLButtonElement =>
  element(
    'button',
    { type: 'button', class: 'state', 'data-state': state, 'aria-pressed': 'false' },
    element('span', { class: 'sign', 'aria-hidden': 'true' }, LETTERS[state]),
    `${TITLES[state]} `,
    element('span', { class: 'number' }, '0'),
  )

/** What is chosen stays, even when there is none of it now. */
const offer = (select: HTMLSelectElement, all: string, names: readonly string[]): void => {
  const chosen = select.value
  const wanted = [...new Set([...names, chosen])].filter(name => name !== '').toSorted()
  const before = [...select.options].slice(1).map(({ value }) => value)
  if (select.options.length > 0 && before.join('\n') === wanted.join('\n')) return
  select.replaceChildren(
    element('option', { value: '' }, all),
    ...wanted.map(name => element('option', { value: name }, name)),
  )
  select.value = chosen
}

const choose = (select: HTMLSelectElement, value: string): void => {
  if (![...select.options].some(option => option.value === value))
    select.append(element('option', { value }, value))
  select.value = value
}
