import { byId, element } from './elements.ts'
import { type Entry, type Filter, filtered, inOrder } from './filter.ts'
import { createRow, fillRow, type Row } from './row.ts'
import { plural } from './words.ts'

/** Rows that are made at once: thousands would hold up each key that is pressed. */
const CHUNK = 40

/** The table of ways: some of them, in order, each in a row of its own that is kept. */
export class List {
  readonly #body = byId('ways', HTMLTableElement).tBodies[0]
  readonly #more = byId('more', HTMLButtonElement)
  readonly #empty = byId('empty', HTMLElement)
  readonly #count = byId('count', HTMLElement)
  readonly #select: (key: string) => void
  readonly #rows = new Map<string, Row>()
  #sorted: readonly Entry[] = []
  #found: readonly Entry[] = []
  #shown = CHUNK
  #selected = ''

  constructor(select: (key: string) => void) {
    this.#select = select
    this.#more.addEventListener('click', () => this.#showMore())
    // Whoever scrolls need not press it.
    new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) this.#showMore()
    }).observe(this.#more)
  }

  /** All there are. */
  setEntries(entries: ReadonlyMap<string, Entry>, filter: Filter): void {
    for (const key of this.#rows.keys()) if (!entries.has(key)) this.#rows.delete(key)
    this.#sorted = inOrder(entries.values())
    this.#find(filter)
  }

  setFilter(filter: Filter): void {
    this.#shown = CHUNK
    this.#find(filter)
  }

  setSelected(key: string): void {
    for (const [one, isOpen] of [
      [this.#selected, false],
      [key, true],
    ] as const) {
      const row = this.#rows.get(one)
      row?.button.setAttribute('aria-expanded', String(isOpen))
      row?.element.classList.toggle('selected', isOpen)
    }
    this.#selected = key
  }

  focus(key: string): void {
    this.#rows.get(key)?.button.focus()
  }

  /** To the row above or below the one that has the focus. */
  step(by: number): void {
    const key = document.activeElement?.closest('tr')?.dataset['key']
    const at = this.#found.findIndex(entry => entry.key === key)
    const next = this.#found[at < 0 ? 0 : at + by]
    if (next) this.focus(next.key)
  }

  #find(filter: Filter): void {
    this.#found = filtered(this.#sorted, filter)
    const [found, all] = [this.#found.length, this.#sorted.length]
    const text = found === all ? plural(all, 'Upstream') : `${found} of ${plural(all, 'Upstream')}`
    if (this.#count.textContent !== text) this.#count.textContent = text
    this.#draw()
  }

  #showMore(): void {
    this.#shown += CHUNK
    this.#draw()
  }

  #draw(): void {
    const wanted = this.#found.slice(0, this.#shown).map(entry => this.#rowOf(entry))
    const staying = new Set<Element>(wanted)
    const leaving = [...(this.#body?.children ?? [])].filter(child => !staying.has(child))
    for (const child of leaving) child.remove()
    let at = this.#body?.firstElementChild ?? null
    for (const row of wanted) {
      if (row === at) at = at.nextElementSibling
      else this.#body?.insertBefore(row, at)
    }
    const left = this.#found.length - wanted.length
    this.#more.hidden = left <= 0
    this.#more.textContent = `Show ${Math.min(left, CHUNK)} more of ${left}`
    this.#empty.hidden = this.#found.length > 0
  }

  #rowOf(entry: Entry): HTMLTableRowElement {
    const known = this.#rows.get(entry.key)
    const row = known ?? createRow(entry, this.#select)
    if (known) fillRow(known, entry.way)
    else this.#rows.set(entry.key, row)
    if (entry.key === this.#selected && !known) {
      row.button.setAttribute('aria-expanded', 'true')
      row.element.classList.add('selected')
    }
    return row.element
  }

  /** What is said where no row is. */
  setEmptyText(text: string): void {
    if (this.#empty.textContent !== text) this.#empty.replaceChildren(element('span', {}, text))
  }
}
