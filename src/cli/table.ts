import Table from 'cli-table3'

type Rows = readonly (readonly string[])[]

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap(side =>
    ['', '-mid', '-left', '-right'].map(part => [`${side}${part}`, '']),
  ),
)

/** One line for the head and for each row. */
export const linesOf = (head: readonly string[], rows: Rows, chars: object) => {
  const table = new Table({
    head: [...head],
    chars: { ...NO_LINES, ...chars },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  })
  table.push(...rows.map(row => [...row]))
  return table.toString().split('\n')
}

/** As kubectl prints tables: no lines, two spaces between columns. */
export const asTable = (head: readonly string[], rows: Rows): string => {
  const lines = linesOf(
    head.map(name => name.toUpperCase()),
    rows,
    { middle: '  ' },
  )
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`
}
