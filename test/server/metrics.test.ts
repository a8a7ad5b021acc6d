import { t } from 'tap'
import { buildMetrics } from '../../src/server/metrics.ts'

t.test('metrics are text on a server of their own', async t => {
  const app = buildMetrics({ contentType: 'text/plain; version=0.0.4', text: async () => 'a 1\n' })
  const { body, headers } = await app.inject('/metrics')
  t.equal(body, 'a 1\n')
  t.match(headers['content-type'], 'text/plain')
})
