import type { Mode } from '../../src/core/matrix.ts'

/** One cell of the matrix as it was read in the sources of Gloo and Istio and seen running. */
export interface Cell {
  readonly gloo: string
  readonly istio: string
  /** Modes that work, in the order of the matrix. */
  readonly fits: readonly Mode[]
  /** What `auto` has to take; undefined is a refusal. */
  readonly auto: Mode | undefined
  /** With what Gloo sends `alpnProtocols`: it does not know the field, drops it with sds, or neither. */
  readonly alpn: 'never' | 'with files' | 'always'
  /** How Gloo reaches an SDS server: with credentials only, by a static cluster, by its address. */
  readonly sds: 'by credentials' | 'by cluster' | 'by address'
}

// Capitals are what auto may take, the first of them goes first; small letters must be pinned.
const LETTERS: Readonly<Record<string, Mode>> = {
  F: 'citadel-files',
  D: 'citadel-sds',
  A: 'istio-agent',
  n: 'node-agent-sds',
  s: 'agent-socket',
}

const ALPN = { '-': 'never', f: 'with files', a: 'always' } as const
const SDS = { '-': 'by credentials', c: 'by cluster', a: 'by address' } as const

// Written by hand, band by band; nothing here is computed from the tables of the source.
// Gloo | Istio 1.0 | 1.1 - 1.4 | 1.5 - 1.13 | 1.14 - 1.31 | ALPN | SDS
const RELEASES: readonly (readonly [
  string,
  string,
  string,
  string,
  string,
  keyof typeof ALPN,
  keyof typeof SDS,
])[] = [
  ['0.13.13', 'F', 'Fn', '', '', '-', '-'],
  ['0.18.17', 'F', 'Fn', '', '', '-', '-'],
  ['0.21.3', 'F', 'Fn', '', '', '-', '-'],
  ['1.0.0', 'F', 'Fn', '', '', '-', '-'],
  ['1.2.25', 'F', 'Fn', '', '', '-', '-'],
  ['1.3.19', 'F', 'Fn', '', '', '-', '-'],
  ['1.3.20', 'F', 'Fn', '', '', 'f', '-'],
  ['1.3.23', 'F', 'Fn', '', '', 'f', '-'],
  ['1.3.24', 'F', 'Fn', '', '', 'f', '-'],
  ['1.4.17', 'F', 'Fn', '', '', 'f', '-'],
  ['1.5.0', 'FD', 'FDn', 'A', 'A', 'f', 'c'],
  ['1.5.19', 'FD', 'FDn', 'A', 'A', 'f', 'c'],
  ['1.5.20', 'FD', 'FDn', 'A', 'A', 'a', 'c'],
  ['1.6.0', 'FD', 'FD', 'A', 'A', 'f', 'c'],
  ['1.6.23', 'FD', 'FD', 'A', 'A', 'f', 'c'],
  ['1.6.24', 'FD', 'FD', 'A', 'A', 'a', 'c'],
  ['1.7.2', 'FD', 'FD', 'A', 'A', 'f', 'c'],
  ['1.7.3', 'FD', 'FD', 'A', 'A', 'a', 'c'],
  ['1.8.0', 'FD', 'FD', 'A', 'A', 'a', 'c'],
  ['1.9.7', 'FD', 'FD', 'A', 'A', 'a', 'c'],
  ['1.9.8', 'D', 'D', 'A', 'A', 'a', 'c'],
  ['1.9.22', 'D', 'D', 'A', 'A', 'a', 'c'],
  ['1.9.23', 'D', 'D', 'A', 'A', 'a', 'a'],
  ['1.10.5', 'FD', 'FD', 'A', 'A', 'a', 'c'],
  ['1.10.6', 'D', 'D', 'A', 'A', 'a', 'c'],
  ['1.10.35', 'D', 'D', 'A', 'A', 'a', 'c'],
  ['1.10.36', 'D', 'D', 'A', 'A', 'a', 'a'],
  ['1.11.0', 'D', 'D', 'A', 'A', 'a', 'c'],
  ['1.11.28', 'D', 'D', 'A', 'A', 'a', 'c'],
  ['1.11.29', 'D', 'D', 'A', 'A', 'a', 'a'],
  ['1.12.0', 'D', 'D', 'A', 'A', 'a', 'c'],
  ['1.12.3', 'D', 'D', 'A', 'A', 'a', 'c'],
  ['1.12.4', 'D', 'D', 'A', 'As', 'a', 'a'],
  ['1.14.22', 'D', 'D', 'A', 'As', 'a', 'a'],
  ['1.17.0', 'D', 'D', 'A', 'As', 'a', 'a'],
  ['1.22.1', 'D', 'D', 'A', 'As', 'a', 'a'],
]

export const RELEASE_NAMES: readonly string[] = RELEASES.map(([gloo]) => gloo)

/** Every minor of Istio that there is. */
export const ISTIO_MINORS: readonly string[] = Array.from(
  { length: 32 },
  (_, minor) => `1.${minor}`,
)

const bandOf = (minor: number): number => {
  if (minor === 0) return 0
  if (minor <= 4) return 1
  return minor <= 13 ? 2 : 3
}

/** The cells of one release of Gloo, one for each minor of Istio. */
export const cellsOf = (release: string): readonly Cell[] => {
  const found = RELEASES.find(([gloo]) => gloo === release)
  if (found === undefined) throw new TypeError(`no release ${release}`)
  const [gloo, first, second, third, fourth, alpn, sds] = found
  return ISTIO_MINORS.map((istio, minor) => {
    const letters = [first, second, third, fourth][bandOf(minor)] ?? ''
    const fits = letters
      .split('')
      .filter(letter => letter !== '')
      .map(letter => LETTERS[letter] as Mode)
    const auto = /^[A-Z]/.test(letters) ? fits[0] : undefined
    return { gloo, istio, fits, auto, alpn: ALPN[alpn], sds: SDS[sds] }
  })
}

export const CELLS: readonly Cell[] = RELEASE_NAMES.flatMap(cellsOf)

/** What there is to say of a cell, under its Istio: a failure then reads as a line of the matrix. */
export const lineOf = <T>(cells: readonly Cell[], say: (cell: Cell) => T): Record<string, T> =>
  Object.fromEntries(cells.map(cell => [cell.istio, say(cell)]))
