import type { Test } from 'tap'
import { eventually, gatewayProxy, rollOut } from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { startWriter, type WriterCounts, type WriterOptions } from '../harness/writer.ts'
import { type ReplicasOptions, startReplicas } from '../parts/replicas.ts'

export interface FaultStageOptions
  extends Pick<ReplicasOptions, 'flags' | 'values' | 'count' | 'maxFiles'> {
  readonly writer?: Omit<WriterOptions, 'kubeconfig'>
}

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
  const write = (more: Omit<WriterOptions, 'kubeconfig'> = {}) =>
    startWriter({ kubeconfig: controlPlane.kubeconfig, concurrency: 4, ...how, ...more })

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
  return { dir, controlPlane, live, replicas, write, losingNothing }
}

export type FaultStage = Awaited<ReturnType<typeof setFaultStage>>

export const tellOf = ({ written, failed, uninjected }: WriterCounts): string => {
  const failures = [...failed.values()].reduce((sum, count) => sum + count, 0)
  return `${written} writes, ${failures} failed, ${uninjected.length} not injected`
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
