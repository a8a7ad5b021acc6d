import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import { isStatus } from '../src/cluster/api-status.ts'
import type { JsonObject } from '../src/core/types.ts'
import type { Live } from '../test/harness/live.ts'
import { gatewayProxy, namespace } from '../test/harness/live.ts'
import { setStage } from '../test/harness/stage.ts'
import { crowdService, crowdUpstream, GLOO, namespacesFor, teamName } from './crowd.ts'

/** A real API server with a crowd of objects. */
export interface Filled {
  readonly live: Live
  readonly kubeconfig: string
  readonly stop: () => Promise<void>
}

/** Where the program keeps its Lease. */
export const OWN_NAMESPACE = 'gloo-istio'

const CONCURRENT = 24

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at)

/** Asks for all of it, a few at a time, and tells how far it is. */
export const all = async (
  wanted: readonly (() => Promise<unknown>)[],
  onProgress: (part: number) => void,
): Promise<void> => {
  const queue = new PQueue({ concurrency: CONCURRENT })
  const told = setInterval(() => onProgress(1 - queue.size / wanted.length), 5_000)
  try {
    await queue.addAll(wanted)
  } finally {
    clearInterval(told)
  }
}

const ATTEMPTS = 5
const RETRY_MS = 2_000

/** A machine that is busy is asked again; what is there by then was made the first time. */
const persist = async (live: Live, object: JsonObject): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return void (await live.create(object))
    } catch (error) {
      if (isStatus(error, 409) && attempt > 1) return
      if (attempt === ATTEMPTS) throw error
      await sleep(RETRY_MS)
    }
  }
}

/** Starts etcd and kube-apiserver, and makes so many Upstreams with their Services and namespaces. */
export const fill = async (
  upstreams: number,
  { dir, say }: { readonly dir: string; readonly say: (line: string) => void },
): Promise<Filled> => {
  const ends: (() => unknown)[] = []
  const stop = async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  }
  const scope = { teardown: (end: () => unknown) => void ends.push(end), testdir: () => dir }
  try {
    const { live, controlPlane } = await setStage(scope, [
      gatewayProxy(GLOO),
      namespace(OWN_NAMESPACE),
    ])
    const create = (object: JsonObject) => () => persist(live, object)
    const telling = (part: number) =>
      say(`${upstreams} Upstreams: ${Math.round(part * 100)} % made`)
    await all(
      range(namespacesFor(upstreams)).map(at => create(namespace(teamName(at)))),
      telling,
    )
    await all(
      range(upstreams).flatMap(at => [create(crowdService(at)), create(crowdUpstream(at))]),
      telling,
    )
    return { live, kubeconfig: controlPlane.kubeconfig, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
