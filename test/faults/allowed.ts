import { availableParallelism, loadavg } from 'node:os'

/** How many programs there are for each core that want to run; 1 at least. */
const programsPerCore = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())

/** A time within which something is to be; as many times that as there are programs for each core. */
export const allowed = (time: number): number => time * programsPerCore()
