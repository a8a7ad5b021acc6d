import type { ApiClient } from '../cluster/api.ts'
import type { ChangeByName } from '../core/change-by-name.ts'
import { findingsOf, lineOf } from '../core/explain.ts'
import { textAt } from '../core/json.ts'
import { namesOfProxies, proxiesNamed } from '../core/proxies-by-name.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import { nameOfObject } from '../core/write-of.ts'
import { withApi } from './cluster-flags.ts'
import { Refusal, UsageError } from './exit.ts'
import { toldIn } from './facts-source.ts'
import type { ProxyFlags } from './proxy-flags.ts'
import { waitForRollout } from './proxy-rollout.ts'
import { areWritten, type Verb } from './proxy-writing.ts'
import { tell } from './telling.ts'

/** Others may write a proxy between our look and our write; who loses more often than that has a rival. */
const ATTEMPTS = 5

/** Changes the proxies that are named, and their bootstraps: all of them, or where one is refused none. */
export const changeProxies = (flags: ProxyFlags, verb: Verb): Promise<void> =>
  withApi(flags, async api => {
    const changes = await untilWritten(api, flags, verb)
    if (flags.wait === undefined) return
    for (const { object } of changes)
      if (textAt(object, 'kind') !== 'ConfigMap') await waitForRollout(api, object, flags.wait)
  })

const untilWritten = async (
  api: ApiClient,
  flags: ProxyFlags,
  verb: Verb,
): Promise<readonly ChangeByName[]> => {
  const { gatherWith } = await import('./gathering.ts')
  const told = await toldIn(flags.config)
  const isSaid = new Set<string>()
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const facts = await gatherWith(api, told, true)
    const changes = verb.plan(namedIn(facts, flags), facts, new Date().toISOString())
    sayWhy(changes, flags, isSaid)
    if (await areWritten(changes, { api, flags, verb, isSaid })) return changes
  }
  const names = flags.proxy.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')
  throw new Error(
    `${names}: somebody else wrote it before us, ${ATTEMPTS} times in a row: run it again`,
  )
}

const namedIn = (facts: Facts, { proxy }: ProxyFlags): readonly JsonObject[] =>
  proxy.flatMap(wanted => {
    const found = proxiesNamed(facts, wanted)
    if (found.length > 0) return found
    const known = namesOfProxies(facts).join(', ') || 'none'
    throw new UsageError(
      `no proxy ${wanted.namespace}/${wanted.name} with a label gloo was found; there are: ${known}`,
    )
  })

/** Throws Refusal where one of them is refused: then nothing is written. */
const sayWhy = (
  changes: readonly ChangeByName[],
  { force }: ProxyFlags,
  isSaid: Set<string>,
): void => {
  for (const { object, decision } of changes)
    for (const found of findingsOf(decision)) {
      const isOverridden = force === true && found.reason === 'StillUsed'
      const text = `${nameOfObject(object)}: ${isOverridden ? '--force overrides: ' : ''}${lineOf(found)}`
      if (!isSaid.has(text)) tell(found.level, text)
      isSaid.add(text)
    }
  const refused = changes.filter(({ isRefused }) => isRefused)
  if (refused.length === 0) return
  if (refused.some(({ decision }) => decision.finding.reason === 'StillUsed'))
    process.stderr.write(
      'Switch these Upstreams off first, or give --force: requests to them fail then.\n',
    )
  throw new Refusal()
}
