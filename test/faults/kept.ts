import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../src/core/types.ts'
import { discovered, GLOO_SYSTEM, sslConfigOf } from '../harness/live.ts'
import { many } from './flood.ts'
import { untilHeard } from './heard.ts'
import { type FaultStage, NAMES, secondsUntil } from './stage.ts'

const CONFIGURATION = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAMES.configuration}`
const WEBHOOKS = ['upstreams', 'workloads', 'bootstraps']

/** What becomes of writes from now on when the webhook does not answer. */
export const setFailurePolicy = async (
  { live }: FaultStage,
  failurePolicy: 'Fail' | 'Ignore',
): Promise<void> => {
  await live.api.request({
    method: 'PATCH',
    path: CONFIGURATION,
    body: { webhooks: WEBHOOKS.map(name => ({ name: `${name}.gloo-istio.io`, failurePolicy })) },
    contentType: 'application/strategic-merge-patch+json',
  })
  await untilHeard(live)
}

let count = 0

const annotated = (): JsonObject => {
  const name = `kept-${++count}`
  const annotations = { 'gloo-istio.io/mtls': 'enabled' }
  return {
    ...discovered('default', name),
    metadata: { namespace: GLOO_SYSTEM, name, annotations },
  }
}

/** Creates an Upstream that stays. */
export const keepOne = ({ live }: Pick<FaultStage, 'live'>): Promise<JsonObject> =>
  live.create(annotated())

const WRITERS = 4
/** So that less slips through than the reconciler, which writes at a bounded rate, fills in a few seconds. */
const PAUSE_MS = 100

/** Creates Upstreams that stay, up to 40 a second, while something is done. Throws when a write fails. */
export const keepWriting = async (stage: FaultStage, act: () => Promise<unknown>) => {
  const names: string[] = []
  let [isOver, slipped] = [false, 0]
  const write = async (): Promise<void> => {
    while (!isOver) {
      const stored = await keepOne(stage)
      names.push(String((stored['metadata'] as JsonObject)['name']))
      if (sslConfigOf(stored) === undefined) slipped++
      await sleep(PAUSE_MS)
    }
  }
  const writing = Promise.all(Array.from({ length: WRITERS }, write))
  const acting = act().finally(() => {
    isOver = true
  })
  await Promise.all([writing, acting])
  return { written: names.length, slipped, untilFilled: untilFilled(stage, names) }
}

/** Seconds until every one of them has its sslConfig; then they are deleted. */
const untilFilled =
  ({ live }: FaultStage, names: readonly string[]) =>
  async (limit: number): Promise<number> => {
    try {
      return await secondsUntil(
        'all are filled',
        async () => {
          const all = await live.list('Upstream', GLOO_SYSTEM)
          return all.length >= names.length && all.every(one => sslConfigOf(one) !== undefined)
        },
        limit,
      )
    } finally {
      await many(names.length, 8, at => live.remove('Upstream', GLOO_SYSTEM, names[at] ?? ''))
    }
  }
