import { stringify } from 'yaml'
import { asTable } from './table.ts'

/** As kubectl's. */
export const FORMATS = ['table', 'wide', 'yaml', 'json', 'name'] as const
export type Format = (typeof FORMATS)[number]

export interface Row {
  readonly cells: readonly string[]
  /** Shown by `wide` only, after the cells. */
  readonly more?: readonly string[]
  /** What `-o name` prints, `upstream.gloo.solo.io/default-details-9080` for instance. */
  readonly name: string
  /** What `json` and `yaml` print. */
  readonly item: unknown
}

export interface Listing {
  /** Key of the items in `json` and `yaml`: `upstreams`, for instance. */
  readonly kind: string
  readonly head: readonly string[]
  readonly more?: readonly string[]
  readonly rows: readonly Row[]
}

/** A list as one text that ends its last line; an empty cell is shown as a dash. */
export const printListing = ({ kind, head, more = [], rows }: Listing, format: Format): string => {
  const items = { [kind]: rows.map(({ item }) => item) }
  if (format === 'json') return `${JSON.stringify(items, null, 2)}\n`
  if (format === 'yaml') return stringify(items)
  if (format === 'name') return rows.map(({ name }) => `${name}\n`).join('')
  const isWide = format === 'wide'
  return asTable(
    [...head, ...(isWide ? more : [])],
    rows.map(row => [...row.cells, ...(isWide ? (row.more ?? []) : [])].map(cell => cell || '-')),
  )
}
