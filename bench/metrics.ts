import { told } from './statistics.ts'
import type { Measured } from './subjects/subject.ts'

/** A process that can be asked for its own account. */
export interface Metered extends Measured {
  readonly metricsPort: number
}

/** What a process counts under this name and, where there is one, these labels. NaN when it does not. */
export const metricOf = async (
  { metricsPort }: Pick<Metered, 'metricsPort'>,
  name: string,
): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const line = text.split('\n').find(found => found.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? Number.NaN)
}

/** What a process holds, in MiB. */
export interface Memory {
  readonly rss: number
  readonly heapUsed: number
  readonly heapTotal: number
  readonly external: number
}

/** By its own account of V8's heap, and the kernel's of the whole. */
export const memoryOf = async (server: Metered): Promise<Memory> => {
  const mebibytes = async (name: string) => (await metricOf(server, name)) / 2 ** 20
  return {
    rss: server.rssMiB(),
    heapUsed: await mebibytes('nodejs_heap_size_used_bytes'),
    heapTotal: await mebibytes('nodejs_heap_size_total_bytes'),
    external: await mebibytes('nodejs_external_memory_bytes'),
  }
}

export const MEMORY_COLUMNS = ['RSS MiB', 'heap used', 'heap total', 'external']

export const memoryCells = ({ rss, heapUsed, heapTotal, external }: Memory): readonly string[] =>
  [rss, heapUsed, heapTotal, external].map(value => told(value))

const EVERY_MS = 200

/** The highest value that is read while something runs. */
export const peakDuring = async <T>(
  read: () => number,
  run: () => Promise<T>,
): Promise<{ readonly peak: number; readonly result: T }> => {
  let peak = read()
  const timer = setInterval(() => {
    peak = Math.max(peak, read())
  }, EVERY_MS)
  try {
    return { result: await run(), peak: Math.max(peak, read()) }
  } finally {
    clearInterval(timer)
  }
}
