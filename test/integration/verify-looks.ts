import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Verification } from '../../src/core/verify.ts'
import type { BreakCode } from '../../src/core/verify-breaks.ts'
import type { startStage } from './verify-stage.ts'

const PATIENCE_MS = 90_000

type Stage = Awaited<ReturnType<typeof startStage>>

/** Looks until it is so: Envoy, Gloo and the agents take a moment after each change. */
export const until = async (
  t: Test,
  stage: Stage,
  [verdict, code]: readonly [Verification['verdict'], BreakCode?],
) => {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const { found, wanted } = await stage.look()
    const isSo = found.verdict === verdict && found.break?.code === code
    if (!isSo && Date.now() < deadline) continue
    t.match(found, { verdict, break: code && { code } })
    return { found, wanted }
  }
}

/** The same while requests are made. */
export const underWay = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
  const over = new AbortController()
  const flowing = (async () => {
    while (!over.signal.aborted) {
      await stage.request()
      await sleep(50)
    }
  })()
  try {
    return await work()
  } finally {
    over.abort()
    await flowing
  }
}
