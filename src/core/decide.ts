import { decideBootstrap, withdrawBootstrap } from './bootstrap-rules.ts'
import { type Decision, skip, type Write } from './decision.ts'
import { isStatusOnly } from './patch.ts'
import { type Finding, finding } from './reasons.ts'
import type { AdmissionRequest, Facts, GroupVersionKind } from './types.ts'
import { decideUpstream } from './upstream-rules.ts'
import { withdrawUpstream } from './withdraw-upstream.ts'
import { decideWorkload, withdrawWorkload } from './workload-rules.ts'

interface Rules {
  readonly decide: (write: Write, facts: Facts) => Decision
  /** Takes away what is ours, and nothing else. */
  readonly withdraw: (write: Write, facts: Facts, why: Finding) => Decision
}

const UPSTREAM: Rules = { decide: decideUpstream, withdraw: withdrawUpstream }
const WORKLOAD: Rules = { decide: decideWorkload, withdraw: withdrawWorkload }
const BOOTSTRAP: Rules = { decide: decideBootstrap, withdraw: withdrawBootstrap }

/** Every kind this webhook knows. extensions/v1beta1 is what Gloo 0.13 writes. */
const KINDS: Readonly<Record<string, Rules>> = {
  'gloo.solo.io/v1 Upstream': UPSTREAM,
  'apps/v1 Deployment': WORKLOAD,
  'apps/v1 DaemonSet': WORKLOAD,
  'extensions/v1beta1 Deployment': WORKLOAD,
  'extensions/v1beta1 DaemonSet': WORKLOAD,
  'v1 ConfigMap': BOOTSTRAP,
}

const nameOf = ({ group, version, kind }: GroupVersionKind) =>
  `${group === '' ? '' : `${group}/`}${version} ${kind}`

export const KNOWN_KINDS: readonly string[] = Object.keys(KINDS)

export const isKnownKind = (kind: GroupVersionKind): boolean => KNOWN_KINDS.includes(nameOf(kind))

const rulesOf = (kind: GroupVersionKind): Rules => {
  const rules = KINDS[nameOf(kind)]
  if (rules === undefined) throw new TypeError(`no rules for ${nameOf(kind)}`)
  return rules
}

/** The decision on one request: pure, and the same for the webhook and the command line. */
export const decide = (request: AdmissionRequest, facts: Facts): Decision => {
  const { object, oldObject, operation, subResource } = request
  if (operation === 'DELETE' || operation === 'CONNECT' || object === undefined)
    return skip(finding('OperationIgnored', { operation }))
  if (subResource !== '') return skip(finding('SubresourceIgnored', { subresource: subResource }))
  if (operation === 'UPDATE' && oldObject && isStatusOnly(oldObject, object))
    return skip(finding('StatusOnly', {}))
  if (!facts.isSynced) return skip(finding('FactsNotSynced', {}))
  return rulesOf(request.kind).decide({ ...request, object }, facts)
}

/** The decision to leave nothing of ours in an object. */
export const decideRemoval = (write: Write, facts: Facts): Decision =>
  rulesOf(write.kind).withdraw(write, facts, finding('UninjectAsked', {}))
