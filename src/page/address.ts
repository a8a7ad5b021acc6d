import { EVERYTHING, type Filter } from './filter.ts'
import { STATES } from './words.ts'

/** What the address holds behind its #, so that a page that is loaded again, or sent to a colleague, shows the same. */
export interface Place {
  readonly filter: Filter
  /** Of the Upstream whose details are open; empty when none are. */
  readonly selected: string
}

export const readPlace = (hash: string): Place => {
  const told = new URLSearchParams(hash.replace(/^#/, ''))
  const states = told.getAll('state')
  return {
    filter: {
      ...EVERYTHING,
      text: told.get('search') ?? '',
      states: STATES.filter(state => states.includes(state)),
      namespace: told.get('namespace') ?? '',
      mesh: told.get('mesh') ?? '',
    },
    selected: told.get('upstream') ?? '',
  }
}

export const writePlace = ({ filter, selected }: Place): string => {
  const told = new URLSearchParams()
  if (filter.text !== '') told.set('search', filter.text)
  for (const state of filter.states) told.append('state', state)
  if (filter.namespace !== '') told.set('namespace', filter.namespace)
  if (filter.mesh !== '') told.set('mesh', filter.mesh)
  if (selected !== '') told.set('upstream', selected)
  return `#${told}`
}
