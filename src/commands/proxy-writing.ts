import type { ApiClient } from '../cluster/api.ts'
import { isStatus } from '../cluster/api-status.ts'
import { applyWith } from '../cluster/apply.ts'
import type { ChangeByName } from '../core/change-by-name.ts'
import { lineOf } from '../core/explain.ts'
import type { ApplyOutcome } from '../core/plan.ts'
import { finding } from '../core/reasons.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import { nameOfObject } from '../core/write-of.ts'
import type { ProxyFlags } from './proxy-flags.ts'
import { tell } from './telling.ts'

/** What is done to proxies by name. */
export interface Verb {
  readonly done: 'injected' | 'uninjected'
  readonly plan: (
    proxies: readonly JsonObject[],
    facts: Facts,
    time: string,
  ) => readonly ChangeByName[]
}

export interface Writing {
  readonly api: ApiClient
  readonly flags: ProxyFlags
  readonly verb: Verb
  /** What need not be said again when it is all looked at anew. */
  readonly isSaid: Set<string>
}

/** In order; false as soon as one is not what it was when it was looked at. */
export const areWritten = async (
  changes: readonly ChangeByName[],
  writing: Writing,
): Promise<boolean> => {
  for (const change of changes) if (!(await isWritten(change, writing))) return false
  return true
}

const isWritten = async (change: ChangeByName, writing: Writing): Promise<boolean> => {
  const { api, flags, isSaid } = writing
  const name = nameOfObject(change.object)
  if (change.patch.length === 0) {
    if (!isSaid.has(name)) process.stdout.write(`${name} unchanged\n`)
    return true
  }
  const apply = applyWith(withWarnings(api, isSaid), { dryRun: flags.dryRun === true })
  const outcome = await apply(change)
  if (outcome.kind === 'conflict' || outcome.kind === 'gone') return false
  if (outcome.kind !== 'written') throw whyNot(name, outcome)
  process.stdout.write(doneText(name, change, writing))
  isSaid.add(name)
  return true
}

const doneText = (name: string, { patch }: ChangeByName, { flags, verb }: Writing): string => {
  if (!flags.dryRun) return `${name} ${verb.done}\n`
  const lines = patch.map(line => `  ${JSON.stringify(line)}\n`)
  return `${name} ${verb.done} (dry run)\n${lines.join('')}`
}

/** What webhooks and the API server say along with their answer. */
const withWarnings = (api: ApiClient, isSaid: Set<string>): Pick<ApiClient, 'request'> => ({
  request: asked =>
    api.request({
      ...asked,
      onWarning: text => {
        if (!isSaid.has(text)) tell('warning', text)
        isSaid.add(text)
      },
    }),
})

const whyNot = (name: string, outcome: Extract<ApplyOutcome, { readonly error: Error }>): Error => {
  const { error: cause } = outcome
  const { message } = cause
  if (outcome.kind === 'unavailable')
    return new Error(`${name} was not written: ${message}; run it again`, { cause })
  const isForbidden = isStatus(cause, 403)
  const reason = isForbidden ? 'Forbidden' : 'Invalid'
  const advice = isForbidden ? '; it takes the right to patch it' : ''
  const told = lineOf(finding('WriteRefused', { reason, message }))
  return new Error(`${name}: ${told}${advice}`, { cause })
}
