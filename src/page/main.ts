import type { Changes, Details, Phase } from '../core/dashboard.ts'
import { readPlace, writePlace } from './address.ts'
import { listen } from './connection.ts'
import { DetailsPanel } from './details.ts'
import { type Entry, entryOf } from './filter.ts'
import { Filters } from './filters.ts'
import { List } from './list.ts'
import { showLost, showStatus } from './status.ts'

const entries = new Map<string, Entry>()
const start = readPlace(location.hash)
let selected = start.selected
let phase: Phase = 'loading'

const filters = new Filters(() => {
  list.setFilter(filters.get())
  sayWhyEmpty()
  remember()
})
const list = new List(key => (key === selected ? deselect() : select(key)))
const panel = new DetailsPanel(() => deselect())

const remember = () =>
  history.replaceState(null, '', writePlace({ filter: filters.get(), selected }))

const sayWhyEmpty = () => {
  const said = {
    loading: 'Loading what there is in the cluster …',
    lost: 'No Upstream was heard of yet.',
    live: 'There are no Upstreams in this cluster, or none that you may see.',
  }
  list.setEmptyText(
    entries.size > 0 ? 'No Upstream is like this. Clear the filter to see all.' : said[phase],
  )
}

const select = (key: string) => {
  selected = key
  list.setSelected(key)
  document.body.classList.add('with-details')
  panel.open(key)
  remember()
  void loadDetails()
}

const deselect = () => {
  const before = selected
  selected = ''
  panel.hide()
  document.body.classList.remove('with-details')
  list.setSelected('')
  list.focus(before)
  remember()
}

const loadDetails = async () => {
  const key = selected
  const path = key.split('/').map(encodeURIComponent).join('/')
  const answer = await fetch(`upstreams/${path}`).catch(() => undefined)
  if (key !== selected) return
  if (answer?.status === 404) panel.say('This Upstream is gone.')
  if (answer?.ok !== true) return
  const details = (await answer.json()) as Details
  const entry = entries.get(key)
  if (key === selected && entry) panel.show(entry.way, details)
}

const take = ({ put, gone }: Changes) => {
  for (const key of gone) entries.delete(key)
  for (const way of put) {
    const entry = entryOf(way)
    entries.set(entry.key, entry)
  }
  filters.setWays([...entries.values()].map(({ way }) => way))
  list.setEntries(entries, filters.get())
  sayWhyEmpty()
  if (selected !== '') void loadDetails()
}

document.addEventListener('keydown', event => {
  const isTyping =
    event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement
  if (event.key === 'Escape' && panel.isOpen && !isTyping) return deselect()
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return
  const isInTable = event.target instanceof Element && event.target.closest('#ways') !== null
  if (event.key === '/') filters.focusSearch()
  else if (event.key === 'ArrowDown' && isInTable) list.step(1)
  else if (event.key === 'ArrowUp' && isInTable) list.step(-1)
  else return
  event.preventDefault()
})

filters.set(start.filter)
filters.setWays([])
if (selected !== '') select(selected)
listen({
  onAll: changes => {
    entries.clear()
    take(changes)
    document.documentElement.dataset['ready'] = String(Math.round(performance.now()))
  },
  onChanges: take,
  onStatus: status => {
    phase = status.phase
    showStatus(status)
    sayWhyEmpty()
  },
  onLost: showLost,
})
