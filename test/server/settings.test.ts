import { t } from 'tap'
import { BODY_LIMIT } from '../../src/server/admission.ts'
import { DEFAULT_SETTINGS } from '../../src/server/settings.ts'
import { facts } from '../harness/build.ts'
import { startWebhook } from '../harness/webhook.ts'

const API_SERVER_IDLE_MS = 90_000
const WEBHOOK_TIMEOUT_MS = 30_000

t.test('an idle connection outlives what the API server keeps of it', async t => {
  const webhook = await startWebhook(facts())
  t.teardown(() => webhook.close())
  t.ok(webhook.app.server.keepAliveTimeout > API_SERVER_IDLE_MS)
  t.ok(DEFAULT_SETTINGS.unusedTime > API_SERVER_IDLE_MS, 'also when it was never used')
})

t.test('what the API server still waits for is not cut', async t => {
  const webhook = await startWebhook(facts())
  t.teardown(() => webhook.close())
  t.ok(webhook.app.server.requestTimeout >= WEBHOOK_TIMEOUT_MS)
  t.equal(webhook.app.server.headersTimeout, 10_000)
  t.equal(webhook.app.server.timeout, 0, 'no other limit')
})

t.test('several of the largest bodies fit', async t =>
  t.ok(DEFAULT_SETTINGS.maxInFlightBytes > 5 * BODY_LIMIT),
)
