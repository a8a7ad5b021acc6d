import { t } from 'tap'
import { verificationOf, withNoHandshake } from '../../src/core/verify.ts'
import { breakOf, okLink } from '../../src/core/verify-breaks.ts'
import { type PodVerified, unaskedPod } from '../../src/core/verify-pod.ts'
import { CERTIFICATE, GOOD, POD, QUIET, seen, verified, WANTED } from '../harness/verified.ts'

const UNREACHABLE = breakOf('AdminUnreachable', { pod: 'pod-2', port: 19000, why: 'refused' })
const unasked = unaskedPod({ ...POD, name: 'pod-2' }, UNREACHABLE)
const plainText = seen(undefined)
const refused = breakOf('NotDecided', { message: 'm', reason: 'r', upstream: 'u' })

// what | pods | verdict | code
const verdicts: readonly [string, readonly PodVerified[], string, string | undefined][] = [
  ['all hold', [verified(GOOD), verified(GOOD, 'pod-2')], 'proved', undefined],
  [
    'one has seen a request',
    [verified(GOOD), verified({ ...GOOD, ...QUIET }, 'pod-2')],
    'proved',
    undefined,
  ],
  ['none has seen a request', [verified({ ...GOOD, ...QUIET })], 'untried', undefined],
  ['one breaks', [verified(GOOD), verified(plainText, 'pod-2')], 'broken', 'PlainText'],
  ['one could not be asked', [verified(GOOD), unasked], 'unasked', 'AdminUnreachable'],
  ['one breaks and one could not be asked', [unasked, verified(plainText)], 'broken', 'PlainText'],
]
for (const [what, pods, verdict, code] of verdicts)
  t.test(`where ${what}: ${verdict}`, async t => {
    const found = verificationOf(WANTED, pods)
    t.equal(found.verdict, verdict)
    t.equal(found.break?.code, code)
  })

t.test('a decision that does not stand comes first', async t => {
  const links = [{ ...okLink('decision', ''), state: 'broken', break: refused }] as const
  const found = verificationOf({ links }, [verified(plainText)])
  t.match(found, { verdict: 'broken', break: { code: 'NotDecided', message: refused.message } })
})

t.test('a break that not all pods have names those that have it', async t => {
  const both = verificationOf(WANTED, [verified(plainText), verified(plainText, 'pod-2')])
  t.notMatch(both.break?.message, /alone/)
  const one = verificationOf(WANTED, [verified(GOOD), verified(plainText, 'pod-2')])
  t.match(one.break?.message, /^in pod-2 alone \(1 of 2 pods\): Envoy’s cluster/)
})

t.test('pods that trust different authorities differ', async t => {
  const other = { ...CERTIFICATE, serial: '02' }
  const found = verificationOf(WANTED, [
    verified(GOOD),
    verified({ ...GOOD, authorities: [other] }, 'pod-2'),
  ])
  t.match(found, { verdict: 'broken', break: { code: 'PodsDiffer', link: 'trust' } })
  t.match(found.break?.message, 'pod-1: root #01; pod-2: root #02')
})

t.test('who waits for a request is told that none came', async t => {
  const quiet = verificationOf(WANTED, [verified({ ...GOOD, ...QUIET })])
  t.match(withNoHandshake(quiet, 'c'), { verdict: 'broken', break: { code: 'NoHandshake' } })
  const good = verificationOf(WANTED, [verified(GOOD)])
  t.equal(withNoHandshake(good, 'c'), good)
})
