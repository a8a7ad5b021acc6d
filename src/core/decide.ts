import { type Decision, skip, type Write } from './decision.ts'
import { isStatusOnly } from './patch.ts'
import { finding } from './reasons.ts'
import type { AdmissionRequest, Facts, GroupVersionKind } from './types.ts'
import { decideUpstream } from './upstream-rules.ts'
import { decideWorkload } from './workload-rules.ts'

type Decide = (write: Write, facts: Facts) => Decision

/** Every kind this webhook knows. extensions/v1beta1 is what Gloo 0.13 writes. */
const KINDS: Readonly<Record<string, Decide>> = {
  'gloo.solo.io/v1 Upstream': decideUpstream,
  'apps/v1 Deployment': decideWorkload,
  'apps/v1 DaemonSet': decideWorkload,
  'extensions/v1beta1 Deployment': decideWorkload,
  'extensions/v1beta1 DaemonSet': decideWorkload,
}

const nameOf = ({ group, version, kind }: GroupVersionKind) => `${group}/${version} ${kind}`

export const KNOWN_KINDS: readonly string[] = Object.keys(KINDS)

export const isKnownKind = (kind: GroupVersionKind): boolean => KNOWN_KINDS.includes(nameOf(kind))

/** The decision on one request: pure, and the same for the webhook and the command line. */
export const decide = (request: AdmissionRequest, facts: Facts): Decision => {
  const { object, oldObject, operation, subResource } = request
  if (operation === 'DELETE' || operation === 'CONNECT' || object === undefined)
    return skip(finding('OperationIgnored', { operation }))
  if (subResource !== '') return skip(finding('SubresourceIgnored', { subresource: subResource }))
  if (operation === 'UPDATE' && oldObject && isStatusOnly(oldObject, object))
    return skip(finding('StatusOnly', {}))
  const decideKind = KINDS[nameOf(request.kind)]
  if (decideKind === undefined) throw new TypeError(`no rules for ${nameOf(request.kind)}`)
  return decideKind({ ...request, object }, facts)
}
