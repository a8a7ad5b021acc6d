import { crc32 } from 'node:zlib'

const ADJUSTMENTS = 8
const TIMES_EACH = 50

/** Compiled ahead of time, unlike what V8 compiles again and again: some microseconds in a cache that is always warm. */
const BLOCK = Buffer.alloc(4096, 'gloo-istio')

const sum = (count: number): void => {
  for (let at = 0; at < count; at++) crc32(BLOCK)
}

/** What takes so many microseconds, and next to no memory: how much longer some of it takes is the machine's doing. */
export const arithmetic = (microseconds: number): (() => void) => {
  let count = 10
  for (let turn = 0; turn < ADJUSTMENTS; turn++) {
    const began = performance.now()
    for (let time = 0; time < TIMES_EACH; time++) sum(count)
    const seen = ((performance.now() - began) / TIMES_EACH) * 1000
    count = Math.max(1, Math.round((count * microseconds) / seen))
  }
  return () => sum(count)
}
