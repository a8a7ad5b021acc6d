import type { BenchOptions } from '../section.ts'
import { type Measured, type Subject, startSubject } from './subject.ts'

type Where = Pick<BenchOptions, 'dir' | 'say'>

/** Makes a subject where that is needed, and starts it. */
export const startOne = async (subject: Subject, { dir, say }: Where): Promise<Measured> => {
  say(`${subject.name} is made and started`)
  await subject.prepare?.(say)
  return startSubject(subject, dir)
}

/** Those that run here, and of the others, why they do not. */
export const startEach = async (subjects: readonly Subject[], where: Where) => {
  const servers: Measured[] = []
  const skipped: string[] = []
  for (const subject of subjects)
    try {
      servers.push(await startOne(subject, where))
    } catch (error) {
      skipped.push(`${subject.name}: ${String(error)}`)
    }
  return { servers, skipped }
}
