/** A captured terminal as a picture: its text, its colours, and a window around it. */

interface Style {
  readonly colour?: string | undefined
  readonly isBold?: boolean
  readonly isDim?: boolean
}

interface Piece extends Style {
  readonly text: string
  /** Column of its first character. */
  readonly at: number
}

const ADVANCE = 7.83
const COLUMNS = 118
const LINE = 19
const MARGIN = 18
const HEAD = 38
const PAPER = '#10151b'
const INK = '#dbe2ea'
const QUIET = '#93a0ae'

const COLOURS: Readonly<Record<number, string>> = {
  30: '#6b7785',
  31: '#ff7b72',
  32: '#5fd38d',
  33: '#f0b64a',
  34: '#79b8ff',
  35: '#d2a8ff',
  36: '#63d4d5',
  37: INK,
}

const styleAfter = (style: Style, code: number): Style => {
  if (code === 0) return {}
  if (code === 1) return { ...style, isBold: true }
  if (code === 2) return { ...style, isDim: true }
  if (code === 22) return { ...style, isBold: false, isDim: false }
  if (code === 39) return { ...style, colour: undefined }
  // Bright ones are the same to a reader.
  const colour = COLOURS[code >= 90 && code <= 97 ? code - 60 : code]
  return colour === undefined ? style : { ...style, colour }
}

const ESCAPE = '\u001b'
const SEQUENCE = new RegExp(`${ESCAPE}\\[([0-9;?]*)([A-Za-z])`, 'g')

const TO_THE_LEFT = new RegExp(`${ESCAPE}\\[1?G`, 'g')

/** Nothing to see. */
const BLANK_END = new RegExp(`(?:\\s|${ESCAPE}\\[[0-9;?]*[A-Za-z])+$`)

/** What a terminal still shows of a line that was written over. */
const lastWritten = (line: string): string =>
  line
    .replaceAll(TO_THE_LEFT, '\r')
    .split('\r')
    .filter(part => part.replaceAll(SEQUENCE, '').trim() !== '')
    .at(-1) ?? ''

/** Lines that are too long go on in the next, as on a terminal. */
const wrapped = (pieces: readonly Piece[], columns: number): readonly (readonly Piece[])[] => {
  const lines: Piece[][] = [[]]
  for (const { text, at, ...style } of pieces)
    for (let from = 0; from < text.length; ) {
      const column = (at + from) % columns
      const part = text.slice(from, from + columns - column)
      const line = Math.floor((at + from) / columns)
      lines[line] = [...(lines[line] ?? []), { ...style, text: part, at: column }]
      from += part.length
    }
  return lines
}

/** The lines of a text as pieces of one style each. */
const piecesOf = (text: string): readonly (readonly Piece[])[] => {
  let style: Style = {}
  return text.split('\n').map(line => {
    const pieces: Piece[] = []
    let [at, from] = [0, 0]
    const shown = lastWritten(line)
    const add = (end: number) => {
      const found = shown.slice(from, end)
      if (found !== '') pieces.push({ ...style, text: found, at })
      at += found.length
    }
    for (const match of shown.matchAll(SEQUENCE)) {
      add(match.index)
      from = match.index + match[0].length
      const [, codes = '', kind] = match
      if (kind === 'm') style = codes.split(';').map(Number).reduce(styleAfter, style)
    }
    add(shown.length)
    return pieces
  })
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const drawPiece = ({ text, at, colour, isBold, isDim }: Piece, y: number): string => {
  const fill = colour ?? (isDim ? QUIET : INK)
  const weight = isBold ? ' font-weight="700"' : ''
  const x = (MARGIN + at * ADVANCE).toFixed(1)
  return `<text x="${x}" y="${y}" fill="${fill}"${weight} xml:space="preserve">${escaped(text)}</text>`
}

const widthOf = (lines: readonly (readonly Piece[])[]): number =>
  Math.max(60, ...lines.flat().map(({ at, text }) => at + text.length))

/** An SVG that needs no font but one that is monospaced. */
export const drawTerminal = (title: string, text: string, columns = COLUMNS): string => {
  const lines = piecesOf(text.replace(BLANK_END, '')).flatMap(line => wrapped(line, columns))
  const width = Math.ceil(widthOf(lines) * ADVANCE + 2 * MARGIN)
  const height = HEAD + lines.length * LINE + MARGIN
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, at) => `<circle cx="${20 + at * 18}" cy="19" r="5.5" fill="${colour}"/>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">`,
    `<title id="title">${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="9" fill="${PAPER}"/>`,
    ...dots,
    `<text x="${width / 2}" y="23" fill="${QUIET}" text-anchor="middle" font-size="12">${escaped(title)}</text>`,
    ...lines.flatMap((line, at) => line.map(piece => drawPiece(piece, HEAD + (at + 0.7) * LINE))),
    '</svg>\n',
  ].join('\n')
}
