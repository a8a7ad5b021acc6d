import type { Write } from './decision.ts'
import type { Form } from './form.ts'
import { textAt } from './json.ts'
import { isWaitedFor, upstreamsServedFrom } from './proxies-serving.ts'
import { type Finding, finding } from './reasons.ts'
import { sslConfigOf } from './ssl-config.ts'
import type { Facts, JsonObject } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { isDiscovered, isOurs, markedSslConfig, sourceOf } from './upstream-ownership.ts'
import { writeOf } from './write-of.ts'

const NAMED_MAX = 2

/**
 * Says which Upstreams would lose their certificates, were a proxy left with these forms alone; undefined
 * when none would. Only what we wrote counts: what is not ours we could not switch off first.
 */
export const leaningOn = (
  write: Write,
  facts: Facts,
  forms: readonly Form[],
): Finding | undefined => {
  const { isLive, snapshot, mountRoot } = facts
  if (!isLive || snapshot === undefined || !isWaitedFor(write.object)) return undefined
  const kept = forms.map(form => sourceOf(sslConfigOf(form, mountRoot)))
  const leaning = upstreamsServedFrom(snapshot, write.namespace).filter(
    upstream =>
      !kept.includes(sourceOf(viewUpstream(upstream).sslConfig)) && isKeptByUs(upstream, facts),
  )
  return leaning.length === 0 ? undefined : finding('StillUsed', { upstreams: listed(leaning) })
}

/** By its mark, or where discovery may have dropped it by what it is. */
const isKeptByUs = (upstream: JsonObject, facts: Facts): boolean => {
  const write = writeOf(upstream)
  const { state } = markedSslConfig(write)
  if (state !== 'unmarked') return state === 'intact'
  return isDiscovered(upstream) && isOurs(write, facts, {})
}

const listed = (upstreams: readonly JsonObject[]): string => {
  const names = upstreams.slice(0, NAMED_MAX).map(upstream => textAt(upstream, 'metadata', 'name'))
  const more = upstreams.length - names.length
  return [...names, ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
