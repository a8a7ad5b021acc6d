import { askedOf } from './asked.ts'
import { type Decision, skip, type Write } from './decision.ts'
import { type Finding, finding, isFinding } from './reasons.ts'
import type { Facts } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { isOurs, markedSslConfig } from './upstream-ownership.ts'

export const sslConfigField = ({ object }: Write) => `${viewUpstream(object).field}.sslConfig`

/** Leaves the Upstream without an `sslConfig` of ours: takes it away if there is one. */
export const withdrawUpstream = (write: Write, facts: Facts, why: Finding): Decision => {
  const asked = askedOf(write.object)
  return isOurs(write, facts, isFinding(asked) ? {} : asked) ? without(write, why) : skip(why)
}

/**
 * The same where nobody said no: only what bears our mark. What merely looks like ours may be a person's,
 * or glooctl's, who never asked us.
 */
export const withdrawMarked = (write: Write, facts: Facts, why: Finding): Decision => {
  if (markedSslConfig(write).state === 'intact') return without(write, why)
  return isOurs(write, facts, {})
    ? skip(why, [finding('SslConfigUnmarked', { field: sslConfigField(write) })])
    : skip(why)
}

const without = (write: Write, why: Finding): Decision => ({
  kind: 'write-ssl-config',
  sslConfig: undefined,
  mark: {},
  finding: finding('MtlsRemoved', { field: sslConfigField(write), why: why.message }),
  notices: why.level === 'warning' ? [why] : [],
})
