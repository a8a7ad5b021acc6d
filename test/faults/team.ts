import { fieldAt } from '../../src/core/json.ts'
import {
  discovered,
  GLOO_SYSTEM,
  type Live,
  namespace,
  service,
  sslConfigOf,
} from '../harness/live.ts'
import type { Replica } from '../parts/replicas.ts'
import { secondsUntil } from './stage.ts'

interface TeamOf {
  readonly live: Live
  /** Those that may write. */
  readonly serving: readonly Replica[]
}

/** A namespace with Services, and an Upstream of discovery's for each; one label switches all of them. */
export const setTeam = async ({ live, serving }: TeamOf, name: string, count: number) => {
  const services = Array.from({ length: count }, (_, at) => `service-${at}`)
  await live.create(namespace(name))
  for (const each of services) {
    await live.create(service(name, each))
    await live.create(discovered(name, each))
  }
  const nameOf = (each: string) => `${name}-${each}-9080`
  const upstreams = () =>
    Promise.all(services.map(each => live.get('Upstream', GLOO_SYSTEM, nameOf(each))))
  let isOn = false
  const flip = async (): Promise<void> => {
    isOn = !isOn
    await live.label(name, { 'gloo-istio.io/mtls': isOn ? 'enabled' : null })
  }
  const hasFollowed = async (): Promise<boolean> =>
    (await upstreams()).every(upstream => (sslConfigOf(upstream) !== undefined) === isOn)
  return {
    flip,
    hasFollowed,
    /** Switches them all; seconds until somebody has written that. */
    followed: async (limit = 60): Promise<number> => {
      await flip()
      return secondsUntil(`the Upstreams of ${name} are as wanted`, hasFollowed, limit)
    },
    /** How often each was changed since it was created, by what the API server counts. */
    changes: async (): Promise<readonly number[]> =>
      (await upstreams()).map(upstream => Number(fieldAt(upstream, 'metadata', 'generation')) - 1),
    /** What came of the writes of all replicas, so far. */
    outcomes: (): readonly string[] =>
      serving
        .flatMap(({ log }) => log())
        .filter(line => line['msg'] === 'reconciled' && String(line['name']).startsWith(`${name}-`))
        .map(({ outcome }) => String(outcome)),
  }
}
