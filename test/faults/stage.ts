import type { Test } from 'tap'
import { eventually, gatewayProxy, rollOut } from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import {
  startWriter,
  type Writer,
  type WriterCounts,
  type WriterOptions,
} from '../harness/writer.ts'
import { type Replica, type ReplicasOptions, startReplicas } from '../parts/replicas.ts'

export interface FaultStageOptions
  extends Pick<ReplicasOptions, 'flags' | 'values' | 'count' | 'maxFiles'> {
  readonly writer?: Omit<WriterOptions, 'kubeconfig'>
}

/** No fault waits for this: a machine that has much to do may take its time. */
export const RESTORED_MS = 180_000

/** A release and its Secret and registration, as the chart names them. */
export const NAMES = {
  namespace: 'gloo-istio',
  secret: 'gloo-istio-authority',
  configuration: 'gloo-istio.gloo-istio',
} as const

/** Three replicas behind a balancer, a real API server that fails a write when none answers, and somebody who writes. */
export const setFaultStage = async (t: Test, options: FaultStageOptions = {}) => {
  const { dir, controlPlane, live } = await setStage(t, [gatewayProxy('1.17.3')])
  const { values, writer: how, ...more } = options
  const replicas = await startReplicas({
    controlPlane,
    dir,
    ...more,
    values: { ...values, webhook: { failurePolicy: 'Fail', ...Object(values?.['webhook']) } },
  })
  t.teardown(() => replicas.stop())
  await eventually('Upstreams are filled', async () => {
    await rollOut(live)
    const trial = startWriter({ kubeconfig: controlPlane.kubeconfig, concurrency: 1 })
    await trial.untilWritten(1, 10)
    const { uninjected, failed } = await trial.stop()
    return uninjected.length === 0 && failed.size === 0
  })
  const writers = new Set<Writer>()
  const write = (more: Omit<WriterOptions, 'kubeconfig'> = {}): Writer => {
    const { kubeconfig } = controlPlane
    const started = startWriter({ kubeconfig, concurrency: 4, ...how, ...more })
    const stop = () => {
      writers.delete(writer)
      return started.stop()
    }
    const writer = { ...started, stop }
    writers.add(writer)
    return writer
  }

  /** Has somebody write while something is done, and a little longer; nothing may be lost meanwhile. */
  const losingNothing = async (t: Test, act: () => Promise<unknown>): Promise<string> => {
    const writer = write()
    await writer.untilWritten(20)
    const acted = await act().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (acted === undefined) await writer.untilWritten(20)
    const counts = await writer.stop()
    if (acted !== undefined) throw acted
    t.strictSame([...counts.failed], [], 'no write failed')
    t.strictSame(counts.uninjected, [], 'every object was injected')
    return tellOf(counts)
  }
  const stopWriting = () => Promise.all([...writers].map(({ stop }) => stop()))
  /** After a fault that did not hold: nobody writes, and every replica serves. */
  const restore = async (): Promise<void> => {
    await stopWriting()
    await Promise.all(replicas.all.map(revive))
  }
  return { dir, controlPlane, live, replicas, write, losingNothing, stopWriting, restore }
}

/** Whatever state it is in: gone, about to end, asleep, or well. */
const revive = async (replica: Replica): Promise<void> => {
  try {
    replica.thaw()
    await replica.untilReady()
  } catch {
    await replica.stop()
    await replica.start()
    await replica.untilReady(RESTORED_MS)
  }
}

export type FaultStage = Awaited<ReturnType<typeof setFaultStage>>

export const tellOf = ({ written, failed, uninjected }: WriterCounts): string => {
  const failures = [...failed.values()].reduce((sum, count) => sum + count, 0)
  return `${written} writes, ${failures} failed, ${uninjected.length} not injected`
}

/** What is looked for until it is there. */
export const untilFound = async <Found>(
  what: string,
  find: () => Promise<Found | undefined>,
  limit = 30,
): Promise<Found> => {
  const found: Found[] = []
  await eventually(
    what,
    async () => {
      const one = await find()
      return one !== undefined && found.push(one) > 0
    },
    limit,
  )
  const [first] = found
  if (first === undefined) throw new TypeError(what)
  return first
}

/** Seconds until something is so, looked at often. */
export const secondsUntil = async (
  what: string,
  isSo: () => Promise<boolean>,
  limit = 30,
): Promise<number> => {
  const begin = performance.now()
  await eventually(what, isSo, limit, 20)
  return Math.round((performance.now() - begin) / 100) / 10
}
