import { type Admission, askedFor } from './admissions.ts'
import type { Names } from './api-server-added.ts'
import { policyObjects } from './policy.ts'
import { type Additions, mustAddTheSame } from './same-mutation.ts'
import type { BenchOptions } from './section.ts'
import { warmUp } from './side-by-side.ts'
import { controllerRuntime } from './subjects/controller-runtime.ts'
import { glooIstio } from './subjects/gloo-istio.ts'
import { pepr } from './subjects/pepr.ts'
import { startEach, startOne } from './subjects/start-each.ts'
import type { Measured } from './subjects/subject.ts'

export const NAMES: Names = {
  nothing: 'nothing',
  policy: 'MutatingAdmissionPolicy (CEL)',
  own: glooIstio().name,
  go: controllerRuntime().name,
}

const NOTHING: Admission = { name: NAMES.nothing, objects: [] }

/** What is compared, and what could not be and why. */
export interface Field {
  readonly admissions: readonly Admission[]
  readonly wanted: Additions
  readonly skipped: readonly string[]
}

/** Runs beside all webhooks, which then end; each of them makes the same change. */
export const besideWebhooks = async <T>(
  options: BenchOptions,
  run: (field: Field) => Promise<T>,
): Promise<T> => {
  const running: Measured[] = []
  try {
    const own = await startOne(glooIstio(), options)
    running.push(own)
    const { servers, skipped } = await startEach([controllerRuntime(), pepr()], options)
    running.push(...servers)
    const wanted = await mustAddTheSame(running)
    options.say('API server: the webhooks warm up')
    for (const server of running) await warmUp(server)
    const policy = {
      name: NAMES.policy,
      objects: policyObjects(String(wanted.mark['sslConfig'])),
    }
    return await run({ admissions: [NOTHING, policy, ...running.map(askedFor)], wanted, skipped })
  } finally {
    for (const server of running) await server.stop()
  }
}
