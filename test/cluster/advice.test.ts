import { t } from 'tap'
import { withAdvice } from '../../src/cluster/advice.ts'
import { ApiError } from '../../src/cluster/api.ts'

const ADVICE = { 403: 'ask for the right' }
const failure = (statusCode: number, message: string) =>
  Promise.reject(new ApiError({ statusCode, headers: {} }, JSON.stringify({ message })))

t.test('an answer is handed on', async t => {
  t.equal(await withAdvice(Promise.resolve(1), 'no', ADVICE), 1)
})

const cases: readonly [string, Promise<never>, string][] = [
  ['known failure', failure(403, 'forbidden'), 'no: forbidden; ask for the right'],
  ['another failure', failure(500, 'broken'), 'no: broken'],
  [
    'failure of the network',
    Promise.reject(new Error('ECONNREFUSED')),
    'no: ECONNREFUSED; see that kubectl reaches the API server',
  ],
]
for (const [title, request, message] of cases)
  t.test(`a ${title} is told with what to do`, async t => {
    await t.rejects(withAdvice(request, 'no', ADVICE), { message, cause: Error })
  })
