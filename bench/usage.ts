import { readFileSync } from 'node:fs'

/** The kernel counts in hundredths of a second on every machine that Node runs on. */
const TICKS_PER_SECOND = 100

/** Seconds of CPU that a process has used so far, in user code and in the kernel. */
export const cpuSecondsOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the name in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** What the kernel says of a process, by its name there; NaN for a name that it does not know. */
const statusOf = (pid: number, name: string): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])
}

/** MiB of memory that a process holds now. */
export const rssMiBOf = (pid: number): number => statusOf(pid, 'VmRSS') / 1024

/** Times that a process has been woken so far, its main thread alone. */
export const wakesOf = (pid: number): number => statusOf(pid, 'voluntary_ctxt_switches')
