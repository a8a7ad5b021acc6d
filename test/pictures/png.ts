import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = 8
const HEAD = 8
const CRC = 4

interface Chunk {
  readonly type: string
  readonly data: Buffer
}

const chunksOf = (png: Buffer): readonly Chunk[] => {
  const chunks: Chunk[] = []
  for (let at = SIGNATURE; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + HEAD)
    chunks.push({ type, data: png.subarray(at + HEAD, at + HEAD + length) })
    at += HEAD + length + CRC
  }
  return chunks
}

const written = ({ type, data }: Chunk): Buffer => {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(CRC)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}

const paeth = (left: number, above: number, corner: number): number => {
  const guess = left + above - corner
  const [toLeft, toAbove, toCorner] = [left, above, corner].map(value => Math.abs(guess - value))
  if (toLeft === undefined || toAbove === undefined || toCorner === undefined) return 0
  if (toLeft <= toAbove && toLeft <= toCorner) return left
  return toAbove <= toCorner ? above : corner
}

/** What each filter adds to a byte (PNG, third edition, 9.2). */
const FILTERS = [
  () => 0,
  (left: number) => left,
  (_: number, above: number) => above,
  (left: number, above: number) => Math.floor((left + above) / 2),
  paeth,
]

const unfiltered = (filtered: Buffer, stride: number, pixel: number): Buffer => {
  const rows: Buffer[] = []
  let above = Buffer.alloc(stride)
  for (let at = 0; at < filtered.length; at += stride + 1) {
    const filter = FILTERS[filtered[at] ?? 0] ?? paeth
    const row = Buffer.from(filtered.subarray(at + 1, at + 1 + stride))
    for (let x = 0; x < stride; x++) {
      const added = filter(row[x - pixel] ?? 0, above[x] ?? 0, above[x - pixel] ?? 0)
      row[x] = ((row[x] ?? 0) + added) & 255
    }
    rows.push(Buffer.from([0]), row)
    above = row
  }
  return Buffer.concat(rows)
}

/** The same picture in fewer bytes: what is flat and repeats itself packs best without a filter. */
export const repacked = (png: Buffer): Buffer => {
  const chunks = chunksOf(png)
  const [head] = chunks
  const [width = 0, kind] = [head?.data.readUInt32BE(0), head?.data[9]]
  // Chromium writes 8 bits of red, green and blue, some with alpha.
  const pixel = kind === 6 ? 4 : 3
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data))
  const data = deflateSync(unfiltered(inflateSync(packed), width * pixel, pixel), { level: 9 })
  const others = chunks.filter(({ type }) => type !== 'IDAT' && type !== 'IEND')
  const all = [...others, { type: 'IDAT', data }, { type: 'IEND', data: Buffer.alloc(0) }]
  return Buffer.concat([png.subarray(0, SIGNATURE), ...all.map(written)])
}
