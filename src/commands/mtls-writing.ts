import { setTimeout as sleep } from 'node:timers/promises'
import type { MtlsResult } from '../cli/mtls-result.ts'
import { withAdvice } from '../cluster/advice.ts'
import type { ApiClient } from '../cluster/api.ts'
import { isStatus } from '../cluster/api-status.ts'
import { applyWith } from '../cluster/apply.ts'
import { lineOf } from '../core/explain.ts'
import { isSet, textAt } from '../core/json.ts'
import type { MtlsAnswer } from '../core/mtls-request.ts'
import { upstreamNamed } from '../core/named-upstream.ts'
import { patchedFields } from '../core/patched-fields.ts'
import type { ApplyOutcome, Change } from '../core/plan.ts'
import { finding } from '../core/reasons.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import { viewUpstream } from '../core/upstream.ts'
import { UsageError } from './exit.ts'

/** Says what comes of the Upstream as it is now. */
export type Ask = (upstream: JsonObject) => MtlsAnswer

/** Others may write it between our look and our write; who loses more often than that has a rival. */
const ATTEMPTS = 5

const ADVICE = { 403: 'it takes the right to get upstreams.gloo.solo.io there' }

export const readUpstream = async (
  api: ApiClient,
  namespace: string,
  name: string,
): Promise<JsonObject> => {
  const [at, of] = [namespace, name].map(encodeURIComponent)
  const path = `/apis/gloo.solo.io/v1/namespaces/${at}/upstreams/${of}`
  const what = `Upstream ${namespace}/${name} cannot be read`
  // Thrown inside, it would be taken for a failure of the network.
  const found = await withAdvice(
    api.request({ path }).catch((error: unknown) => {
      if (isStatus(error, 404)) return undefined
      throw error
    }),
    what,
    ADVICE,
  )
  if (found) return found
  throw new UsageError(
    `no Upstream ${namespace}/${name} was found: gloo-istio get upstreams lists them`,
  )
}

/** The Upstream that is meant: of this namespace, or the only one of its name. */
export const findUpstream = async (
  api: ApiClient,
  facts: Facts,
  { name, namespace }: { readonly name: string; readonly namespace?: string | undefined },
): Promise<JsonObject> => {
  if (namespace !== undefined) return readUpstream(api, namespace, name)
  const found = upstreamNamed(facts.snapshot, name)
  if ('trouble' in found) throw new UsageError(found.trouble)
  return found.upstream
}

interface Sent {
  readonly outcome: ApplyOutcome
  readonly warnings: readonly string[]
  readonly stored: JsonObject | undefined
}

const send = async (api: ApiClient, change: Change, dryRun: boolean): Promise<Sent> => {
  const warnings: string[] = []
  let stored: JsonObject | undefined
  const heard: Pick<ApiClient, 'request'> = {
    request: async asked => {
      stored = await api.request({ ...asked, onWarning: text => warnings.push(text) })
      return stored
    },
  }
  const outcome = await applyWith(heard, { dryRun })(change)
  return { outcome, warnings, stored }
}

/** Asks, and writes what comes of it, until nobody else was faster. Throws what the API server says against it. */
export const write = async (
  api: ApiClient,
  upstream: JsonObject,
  { ask, dryRun }: { readonly ask: Ask; readonly dryRun: boolean },
): Promise<MtlsResult> => {
  let current = upstream
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const answer = ask(current)
    if (answer.change.patch.length === 0) return unwritten(answer)
    const sent = await send(api, answer.change, dryRun)
    const { outcome } = sent
    if (outcome.kind === 'written') return written(answer, sent, dryRun)
    if (outcome.kind === 'refused') throw refusedBy(outcome.error)
    if (outcome.kind === 'unavailable') await sleep(outcome.retryAfterSeconds * 1000)
    current = await readUpstream(api, ...placeIn(current))
  }
  throw new Error(
    `Upstream ${placeIn(upstream).join('/')} was not written in ${ATTEMPTS} attempts, for others write it, too, or the API server is busy: run it again`,
  )
}

const placeIn = ({ metadata }: JsonObject): [string, string] => [
  textAt(metadata, 'namespace'),
  textAt(metadata, 'name'),
]

const refusedBy = (error: Error): Error => {
  const isForbidden = isStatus(error, 403)
  const reason = isForbidden ? 'Forbidden' : 'Invalid'
  const told = lineOf(finding('WriteRefused', { reason, message: error.message }))
  const advice = isForbidden ? '; it takes the right to patch upstreams.gloo.solo.io' : ''
  return new Error(`${told}${advice}`, { cause: error })
}

const said = ({ standing, mesh, mode, findings, change }: MtlsAnswer) => {
  const [namespace, name] = placeIn(change.object)
  const { patch } = change
  const fields = patchedFields(change.object, patch)
  return { namespace, name, standing, mesh, mode, findings, patch, fields }
}

const unwritten = (answer: MtlsAnswer): MtlsResult => ({
  ...said(answer),
  outcome: answer.standing === 'refused' ? 'refused' : 'unchanged',
  warnings: [],
})

/** Webhooks see the write after us, and theirs is the last word. */
const written = (answer: MtlsAnswer, { stored, warnings }: Sent, dryRun: boolean): MtlsResult => {
  const isOn = stored !== undefined && isSet(viewUpstream(stored).sslConfig)
  const { standing } = answer
  const isOverruled = (standing === 'on' && !isOn) || (standing === 'off' && isOn)
  return {
    ...said(answer),
    ...(isOverruled && { standing: 'overruled' }),
    outcome: dryRun ? 'dry run' : 'written',
    warnings,
  }
}
