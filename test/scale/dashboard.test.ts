import PQueue from 'p-queue'
import type { Page } from 'playwright-core'
import { t } from 'tap'
import { openView, startBrowser, startDashboard, textIn } from '../harness/browser.ts'
import { discovered, GLOO_SYSTEM, gatewayProxy, namespace, service } from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { skipUnless } from '../parts/parts.ts'

const NAMESPACES = 50
const PER_NAMESPACE = 40
const READY_MS = 3_000
const KEY_MS = 200
const TYPED = ['s', 'sv', 'svc', 'svc-1', 'svc-12', 'svc-1', 'team-7', 'team-7 svc', '']

/** From a key to the picture that shows what it did, in milliseconds. */
const type = (text: string): string => `(async () => {
  const search = document.querySelector('#search')
  const begin = performance.now()
  search.value = ${JSON.stringify(text)}
  search.dispatchEvent(new InputEvent('input', { bubbles: true }))
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)))
  return performance.now() - begin
})()`

/** What the page's thread has worked so far, in milliseconds, whatever else the machine does. */
const workOf = async (page: Page) => {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
  }
}

const skip = skipUnless('kubernetes', 'kubectl', 'chromium')
if (skip) {
  t.test('two thousand Upstreams on the dashboard', { skip }, async () => {})
} else {
  const { controlPlane, live } = await setStage(t, [gatewayProxy('1.17.3')])
  const queue = new PQueue({ concurrency: 24 })
  const teams = Array.from({ length: NAMESPACES }, (_, at) => `team-${at}`)
  await queue.addAll(teams.map(team => () => live.create(namespace(team))))
  const names = Array.from({ length: PER_NAMESPACE }, (_, at) => `svc-${at}`)
  await queue.addAll(
    teams
      .flatMap(team => names.flatMap(name => [service(team, name), discovered(team, name)]))
      .map(object => () => live.create(object)),
  )
  const dashboard = await startDashboard([`--kubeconfig=${controlPlane.kubeconfig}`])
  t.teardown(() => dashboard.interrupt())
  const browser = await startBrowser()
  t.teardown(() => browser.close())

  t.test('two thousand Upstreams stay quick', async t => {
    const { page, close } = await openView(browser, dashboard.url)
    await page.reload()
    await page.waitForSelector('html[data-ready]')
    t.equal(await textIn(page.locator('#count')), '2,000 Upstreams')
    const ready = Number(await page.getAttribute('html', 'data-ready'))
    const memory = await page.evaluate<number>('performance.memory.usedJSHeapSize / 2 ** 20')
    t.comment(`usable ${ready} ms after the page was asked for, heap ${memory.toFixed(0)} MiB`)
    t.ok(ready < READY_MS, `${ready} ms`)

    const work = await workOf(page)
    const keys: { readonly elapsed: number; readonly worked: number }[] = []
    for (const text of TYPED) {
      const before = await work()
      const elapsed = await page.evaluate<number>(type(text))
      keys.push({ elapsed, worked: (await work()) - before })
    }
    const [elapsed, worked] = [keys.map(key => key.elapsed), keys.map(key => key.worked)]
    t.comment(`a key shows after ${elapsed.map(Math.round).join(', ')} ms`)
    t.comment(`of which the page works ${worked.map(Math.round).join(', ')} ms`)
    t.ok(Math.max(...worked) < KEY_MS, `${Math.max(...worked)} ms`)

    await page.fill('#search', 'team-7-svc-12')
    t.equal(await page.locator('tbody tr').count(), 1)
    t.equal(await textIn(page.locator('#count')), '1 of 2,000 Upstreams')
    await page.fill('#search', '')
    t.equal(await page.locator('tbody tr').count(), 40, 'as many as one looks at')
    await page.locator('#more').scrollIntoViewIfNeeded()
    await page.locator('tbody tr').nth(40).waitFor()

    const begin = performance.now()
    await live.label('team-7', { 'gloo-istio.io/mtls': 'enabled' })
    await page.waitForSelector(
      `tr[data-key="${GLOO_SYSTEM}/team-7-svc-1-9080"]:not([data-state=plain])`,
    )
    t.comment(
      `a label on ${PER_NAMESPACE} shows after ${(performance.now() - begin).toFixed(0)} ms`,
    )
    t.strictSame(await close(), [])
  })
}
