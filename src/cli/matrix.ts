import { MODE_NAMES, MODES, TRAITS } from '../core/matrix.ts'
import { type Verdict, verdictOn } from '../core/verdict.ts'
import { asTable, linesOf } from './table.ts'

export const MATRIX_FORMATS = ['table', 'markdown', 'json'] as const
export type MatrixFormat = (typeof MATRIX_FORMATS)[number]

/** Releases on both sides of every edge of the matrix. */
const GLOO = [
  '0.13.13',
  '1.4.15',
  '1.5.20',
  '1.9.7',
  '1.9.8',
  '1.10.5',
  '1.10.6',
  '1.12.3',
  '1.12.4',
  '1.17.0',
  '1.22.1',
]
const ISTIO = ['1.0.9', '1.1.17', '1.4.10', '1.5.10', '1.13.9', '1.14.6', '1.31.0']

interface Section {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const MODES_SECTION: Section = {
  title: 'Ways to hand certificates of a mesh to a gateway; `auto` takes the first that fits',
  head: ['mode', 'Gloo', 'Istio', 'the proxy gets', 'its Upstreams get', 'auto'],
  rows: MODE_NAMES.map(mode => {
    const { gloo, istio, proxy, upstream, auto } = MODES[mode]
    return [mode, gloo, istio, proxy, upstream, auto ? 'yes' : 'pin it']
  }),
}

const WHY_SECTION: Section = {
  title: 'Why, and what else hangs on a version',
  head: ['what', 'Gloo', 'Istio', 'about', 'source'],
  rows: Object.entries({ ...MODES, ...TRAITS }).map(([name, { gloo, istio, about, source }]) => [
    name,
    gloo,
    istio,
    about,
    source,
  ]),
}

const GRID_SECTION: Section = {
  title: 'What `auto` takes: Gloo down, Istio across; a dash is a refusal, with a reason',
  head: ['', ...ISTIO],
  rows: GLOO.map(gloo => [gloo, ...ISTIO.map(istio => verdictOn(gloo, istio).auto ?? '-')]),
}

/** The whole matrix. The table leaves out what is too wide for a terminal. */
export const printMatrix = (format: MatrixFormat): string => {
  if (format === 'json') return `${JSON.stringify({ modes: MODES, traits: TRAITS }, null, 2)}\n`
  const sections = [MODES_SECTION, GRID_SECTION]
  return format === 'table'
    ? sections.map(withTitle).join('\n')
    : [...sections, WHY_SECTION].map(asMarkdown).join('\n')
}

/** What the matrix says of one pair; `fits` is false when it refuses. */
export const printVerdict = (
  gloo: string,
  istio: string,
  format: MatrixFormat,
): { readonly text: string; readonly fits: boolean } => {
  const verdict = verdictOn(gloo, istio)
  const fits = verdict.auto !== undefined
  if (format === 'json')
    return { text: `${JSON.stringify({ gloo, istio, ...verdict }, null, 2)}\n`, fits }
  const section = verdictSection(gloo, istio, verdict)
  return { text: format === 'table' ? withTitle(section) : asMarkdown(section), fits }
}

const FITS = new Map([
  [true, 'fits'],
  [false, 'does not fit'],
  [undefined, 'cannot be told'],
])

const verdictSection = (gloo: string, istio: string, { auto, why, modes }: Verdict): Section => ({
  title: `Gloo ${gloo} with Istio ${istio}: ${auto === undefined ? why : `auto takes ${auto}`}`,
  head: ['mode', '', 'Gloo', 'Istio'],
  rows: modes.map(({ mode, fits }) => [
    mode,
    FITS.get(fits) ?? '',
    MODES[mode].gloo,
    MODES[mode].istio,
  ]),
})

const withTitle = ({ title, head, rows }: Section): string => `${title}\n\n${asTable(head, rows)}`

/** Columns are aligned, as formatters of Markdown leave them. */
const asMarkdown = ({ title, head, rows }: Section): string => {
  const [first = '', ...others] = linesOf(head, rows, { left: '| ', middle: ' | ', right: ' |' })
  const rule = first.replaceAll(/[^|]+/g, cell => ` ${'-'.repeat(cell.length - 2)} `)
  return `${title}:\n\n${[first, rule, ...others].join('\n')}\n`
}
