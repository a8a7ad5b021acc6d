import { t } from 'tap'
import { firstToSpeak, skip, type Write } from '../../src/core/decision.ts'
import { finding } from '../../src/core/reasons.ts'
import { facts, requestOf, upstream } from '../harness/build.ts'

const write = requestOf(upstream()) as Write
const first = skip(finding('NotSelected', {}))
const second = skip(finding('StatusOnly', {}))

t.test('the first rule that speaks wins', async t => {
  t.equal(firstToSpeak([() => undefined, () => first, () => second], write, facts()), first)
  t.equal(firstToSpeak([() => undefined], write, facts()), undefined)
})

t.test('a skip carries its finding and further notices', async t => {
  const notice = finding('NothingToMount', {})
  t.strictSame(skip(notice), { kind: 'skip', finding: notice, notices: [] })
  t.strictSame(skip(notice, [notice]).notices, [notice])
})
