import { setTimeout as sleep } from 'node:timers/promises'
import { tryUntilDone } from '../cli/attempts.ts'
import type { ApiClient } from '../cluster/api.ts'
import { textAt } from '../core/json.ts'
import { isRolledOut } from '../core/rollout.ts'
import type { JsonObject } from '../core/types.ts'
import { nameOfObject } from '../core/write-of.ts'
import { waitFor } from './waiting.ts'

const read = (
  api: ApiClient,
  { kind, metadata }: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject> => {
  const [namespace, name] = ['namespace', 'name'].map(key =>
    encodeURIComponent(textAt(metadata, key)),
  )
  const plural = `${String(kind).toLowerCase()}s`
  return api.request({ path: `/apis/apps/v1/namespaces/${namespace}/${plural}/${name}`, signal })
}

/** Waits until every pod of a workload is made from its template of now. Throws when the time is over. */
export const waitForRollout = async (
  api: ApiClient,
  workload: JsonObject,
  milliseconds: number,
): Promise<void> => {
  const name = nameOfObject(workload)
  const over = AbortSignal.timeout(milliseconds)
  const attempt = async () =>
    isRolledOut(await read(api, workload, over)) ? undefined : 'its rollout is not finished'
  const trouble = await waitFor(`Waiting for the rollout of ${name}`, () =>
    tryUntilDone(attempt, {
      signal: over,
      sleep: (pause, signal) => sleep(pause, undefined, { signal }),
      onTrouble: () => {},
    }),
  )
  if (trouble !== undefined) {
    const namespace = textAt(workload, 'metadata', 'namespace')
    const advice = `kubectl describe pods -n ${namespace} says what keeps a pod from starting`
    throw new Error(`${name}: ${trouble} after ${milliseconds / 1000} s; ${advice}`)
  }
  process.stdout.write(`${name} rolled out\n`)
}
