import { t } from 'tap'
import { facts } from '../harness/build.ts'
import { startWebhook } from '../harness/webhook.ts'

const get = (webhook: Awaited<ReturnType<typeof startWebhook>>, path: string) =>
  webhook.send({ method: 'GET', path })

t.test('alive is not ready', async t => {
  const webhook = await startWebhook(facts())
  t.teardown(() => webhook.close())
  webhook.setNotReady('the CA bundle is not published yet')
  t.strictSame(await get(webhook, '/livez'), { status: 200, body: 'ok\n' })
  t.strictSame(await get(webhook, '/readyz'), {
    status: 503,
    body: 'the CA bundle is not published yet\n',
  })
  webhook.setNotReady(undefined)
  t.strictSame(await get(webhook, '/readyz'), { status: 200, body: 'ok\n' })
})

t.test('readiness may take its time', async t => {
  const reasons = [Promise.resolve('no handshake'), Promise.resolve(undefined)]
  const webhook = await startWebhook(facts(), { notReady: () => reasons.shift() })
  t.teardown(() => webhook.close())
  t.strictSame(await get(webhook, '/readyz'), { status: 503, body: 'no handshake\n' })
  t.strictSame(await get(webhook, '/readyz'), { status: 200, body: 'ok\n' })
})

t.test('readiness that cannot be told is none', async t => {
  const webhook = await startWebhook(facts(), {
    notReady: () => Promise.reject(new Error('no answer')),
  })
  t.teardown(() => webhook.close())
  t.strictSame(await get(webhook, '/readyz'), {
    status: 503,
    body: 'it cannot be told: no answer\n',
  })
})
