import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Live } from '../test/harness/live.ts'
import { skipUnless } from '../test/parts/parts.ts'
import { prepareParts } from '../test/parts/prepare.ts'
import { during } from './admissions.ts'
import { besideWebhooks, type Field, NAMES } from './api-server-field.ts'
import { type Figures, measure, warmUpApiServer } from './api-server-rounds.ts'
import { sectionOf } from './api-server-section.ts'
import { fill } from './filled.ts'
import type { Bench, BenchOptions } from './section.ts'
import { inTurn } from './side-by-side.ts'

const measureAll = async (
  live: Live,
  { admissions, wanted }: Field,
  { rounds, say }: BenchOptions,
): Promise<Figures> => {
  const figures: Figures = new Map()
  say('API server: kube-apiserver warms up')
  await warmUpApiServer(live)
  for (let round = 0; round < rounds; round++)
    for (const admission of inTurn(admissions, round)) {
      const title = `API server, round ${round + 1} of ${rounds}, ${admission.name}`
      const telling = (line: string) => say(`${title}: ${line}`)
      telling('put in force')
      await during(live, admission, () =>
        measure({ live, admission, wanted, say: telling }, figures),
      )
    }
  return figures
}

/** How much longer a write takes through a real API server, by what is asked on the way. */
export const apiServer: Bench = async options => {
  await prepareParts(['kubernetes', 'kubectl'])
  const missing = skipUnless('kubernetes', 'kubectl')
  if (missing) return [sectionOf(new Map(), NAMES, [missing])]
  const dir = join(options.dir, 'api-server')
  mkdirSync(dir, { recursive: true })
  const own = { ...options, dir }
  return besideWebhooks(own, async field => {
    const filled = await fill(0, own)
    try {
      return [sectionOf(await measureAll(filled.live, field, own), NAMES, field.skipped)]
    } finally {
      await filled.stop()
    }
  })
}
