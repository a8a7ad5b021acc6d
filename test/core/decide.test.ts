import { t } from 'tap'
import { decide, decideRemoval, isKnownKind, KNOWN_KINDS } from '../../src/core/decide.ts'
import type { Write } from '../../src/core/decision.ts'
import type { AdmissionRequest } from '../../src/core/types.ts'
import { facts, mesh, requestOf, upstream } from '../harness/build.ts'

const FACTS = facts(mesh('a.b'))
const object = upstream()
const cases: readonly [string, Partial<AdmissionRequest>, string][] = [
  ['DELETE', { operation: 'DELETE', object: undefined, oldObject: object }, 'OperationIgnored'],
  ['CONNECT', { operation: 'CONNECT', object: undefined }, 'OperationIgnored'],
  ['a write of the status subresource', { subResource: 'status' }, 'SubresourceIgnored'],
  ['an update that changes nothing', { operation: 'UPDATE', oldObject: object }, 'StatusOnly'],
  ['an update without its old object', { operation: 'UPDATE' }, 'MtlsEnabled'],
  ['an update that selects', { operation: 'UPDATE', oldObject: upstream({}, {}) }, 'MtlsEnabled'],
  ['a creation', {}, 'MtlsEnabled'],
  ['a dry run, which is decided as the real thing', { dryRun: true }, 'MtlsEnabled'],
]
for (const [title, more, reason] of cases)
  t.test(`${title} is ${reason}`, async t =>
    t.equal(decide(requestOf(object, more), FACTS).finding.reason, reason),
  )

t.test('before all there is to know is known, nothing is decided', async t => {
  const early = { ...FACTS, isSynced: false }
  t.equal(decide(requestOf(object), early).finding.reason, 'FactsNotSynced')
  t.equal(
    decide(requestOf(object, { subResource: 'status' }), early).finding.reason,
    'SubresourceIgnored',
  )
})

t.test('each kind has its rules, in each version', async t => {
  const untouched: Record<string, string> = { Upstream: 'NotSelected', ConfigMap: 'NotBootstrap' }
  t.equal(KNOWN_KINDS.length, 6)
  for (const name of KNOWN_KINDS) {
    const [apiVersion = '', kind = ''] = name.split(' ')
    const write = requestOf({ apiVersion, kind }) as Write
    t.equal(decide(write, FACTS).finding.reason, untouched[kind] ?? 'NotGatewayProxy', name)
    t.equal(decideRemoval(write, FACTS).finding.reason, 'UninjectAsked', name)
  }
  t.notOk(isKnownKind({ group: 'apps', version: 'v1', kind: 'StatefulSet' }))
})

t.test('a kind without rules is a fault of the caller', async t => {
  t.throws(() => decide(requestOf({ apiVersion: 'apps/v1', kind: 'Pod' }), FACTS), /no rules for/)
})
