import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { type Test, t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { must } from '../demo/stage.ts'
import {
  openView,
  startBrowser,
  startDashboard,
  textIn,
  type ViewOptions,
} from '../harness/browser.ts'
import { discovered, GLOO_SYSTEM } from '../harness/live.ts'
import { bringInLine, COMPANY } from '../harness/shown.ts'
import { setStage } from '../harness/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { bundleProgram } from '../parts/program.ts'
import { kubeconfigOf } from '../parts/serve-process.ts'

const ATTACK = '<img src=x onerror="document.title=1">'

const skip = skipUnless('kubernetes', 'kubectl', 'chromium')
if (skip) {
  t.test('the dashboard in Chromium on a real API server', { skip }, async () => {})
} else {
  const hostile: JsonObject = {
    ...discovered('shop', 'cart', 81),
    metadata: {
      namespace: GLOO_SYSTEM,
      name: 'hostile',
      annotations: { 'gloo-istio.io/mtls': ATTACK },
    },
  }
  const stage = await setStage(t, [...COMPANY, hostile])
  const { controlPlane, dir, live } = stage
  await bringInLine(stage)
  const dashboard = await startDashboard([`--kubeconfig=${controlPlane.kubeconfig}`])
  const browser = await startBrowser()
  t.teardown(() => browser.close())

  /** In a window of its own; at its end nothing was asked elsewhere, and nothing was refused by the policy. */
  const inView = (title: string, act: (t: Test, page: Page) => unknown, options?: ViewOptions) =>
    t.test(title, async t => {
      const { page, close } = await openView(browser, dashboard.url, options)
      await act(t, page)
      t.strictSame(await close(), [], 'nothing was asked elsewhere, nothing was refused')
    })

  const row = (page: Page, name: string) => page.locator(`tr[data-key="${GLOO_SYSTEM}/${name}"]`)
  const keysIn = (page: Page) =>
    page.$$eval('tbody tr', rows => rows.map(found => found.getAttribute('data-key')))
  const press = (page: Page, state: string) => page.locator(`button.state[data-state=${state}]`)

  // Upstream | state | reason
  const shown: readonly [string, string, string][] = [
    ['bookinfo-details-9080', 'mtls', 'AlreadyEnabled'],
    ['bookinfo-ratings-9080', 'refused', 'NoSidecars'],
    ['payments-gateway-9080', 'refused', 'SslConfigKept'],
    ['shop-cart-9080', 'plain', 'NotSelected'],
    ['mail', 'plain', 'NotSelected'],
  ]

  inView(
    'every Upstream is on its way, with its state, reason, mesh, mode and identity',
    async (t, page) => {
      for (const [name, state, reason] of shown) {
        t.equal(await row(page, name).getAttribute('data-state'), state, name)
        t.match(await textIn(row(page, name)), reason)
      }
      const text = (await textIn(row(page, 'bookinfo-details-9080'))).replaceAll(/\s+/g, ' ')
      t.match(
        text,
        'MmTLS gateway-proxy bookinfo details:9080 bookinfo-details-9080 AlreadyEnabled · gloo-system istio-system.istio istio-agent bookinfo/details unknown',
      )
      const waiting = page.locator('tr[data-key="team-web/web-frontend-9080"]')
      t.equal(await waiting.getAttribute('data-state'), 'waiting')
      t.match(await textIn(waiting), 'web-proxy')
      t.equal(await textIn(page.locator('#count')), '12 Upstreams')
      const counts = await page.$$eval('button.state', all => all.map(one => one.textContent))
      t.strictSame(counts, ['Rrefused 3', 'Wwaiting 1', 'MmTLS 5', 'Pplain 3'])
      const [first] = await keysIn(page)
      t.match(first, 'bookinfo-ratings', 'what needs somebody comes first')
    },
  )

  inView(
    'states, namespaces, meshes and words narrow it down, alone and together',
    async (t, page) => {
      await press(page, 'refused').click()
      t.equal(await textIn(page.locator('#count')), '3 of 12 Upstreams')
      await press(page, 'mtls').click()
      t.equal(await textIn(page.locator('#count')), '8 of 12 Upstreams')
      await page.selectOption('#namespace', 'bookinfo')
      t.equal(await textIn(page.locator('#count')), '4 of 12 Upstreams')
      await page.fill('#search', 'DETAILS alreadyenabled')
      t.strictSame(await keysIn(page), [`${GLOO_SYSTEM}/bookinfo-details-9080`])
      await page.fill('#search', 'nothing is like this')
      t.match(await textIn(page.locator('#empty')), 'No Upstream is like this. Clear the filter')
      await page.click('#clear')
      t.equal(await textIn(page.locator('#count')), '12 Upstreams')
      await page.selectOption('#mesh', 'istio-system.istio')
      t.notOk((await keysIn(page)).includes(`${GLOO_SYSTEM}/mail`))
      await page.reload()
      await page.waitForSelector('tbody tr')
      t.equal(await page.locator('#mesh').inputValue(), 'istio-system.istio', 'a reload keeps it')
    },
  )

  inView('a selected Upstream shows what explain says, and what to run', async (t, page) => {
    await page.click('text=bookinfo-details-9080')
    await page.waitForSelector('#details dl')
    const text = await textIn(page.locator('#details'))
    for (const said of [
      'spec.sslConfig holds the certificates of mesh istio-system.istio',
      'spiffe://mesh.example.com/ns/gloo-system/sa/gateway-proxy',
      'spiffe://mesh.example.com/ns/bookinfo/sa/details',
      'label gloo-istio.io/mtls of namespace bookinfo is "enabled"',
      'destination namespace (this one speaks)',
      'unknown: gloo-istio verify asks the gateway',
      `gloo-istio verify upstream gloo-system/bookinfo-details-9080 --kubeconfig ${controlPlane.kubeconfig}`,
    ])
      t.ok(text.includes(said), said)
    await page.click('#details button[aria-label^="Copy: kubectl"]')
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    t.match(copied, 'kubectl get upstream -n gloo-system bookinfo-details-9080 -o yaml')
  })

  inView('all of it can be done by keyboard', async (t, page) => {
    const focused = () =>
      page.evaluate<string>('document.activeElement.id || document.activeElement.title')
    await page.keyboard.press('Tab')
    t.equal(await page.evaluate('document.activeElement.className'), 'skip')
    await page.keyboard.press('/')
    t.equal(await focused(), 'search')
    await page.keyboard.type('bookinfo-')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    t.equal(await focused(), `${GLOO_SYSTEM}/bookinfo-ratings-9080`)
    await page.keyboard.press('ArrowDown')
    t.equal(await focused(), `${GLOO_SYSTEM}/bookinfo-details-9080`)
    const outline = 'getComputedStyle(document.activeElement).outlineStyle'
    t.equal(await page.evaluate(outline), 'solid', 'where one is can be seen')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#details dl')
    t.equal(await focused(), 'details-title')
    await page.keyboard.press('Escape')
    t.ok(await page.locator('#details').isHidden())
    t.equal(await focused(), `${GLOO_SYSTEM}/bookinfo-details-9080`, 'back to where one was')
  })

  inView('names and annotations are only ever text', async (t, page) => {
    await page.click('text=hostile')
    await page.waitForSelector('#details dl')
    t.ok((await textIn(page.locator('#details'))).includes('<img src=x onerror='))
    t.equal(await page.locator('img').count(), 0)
    t.equal(await page.title(), 'gloo-istio dashboard')
  })

  const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const axe = async (page: Page): Promise<AxeResults> => {
    // By the debugger, which no policy of the page concerns.
    await page.evaluate(AXE)
    return page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })')
  }
  const violationsOf = ({ violations }: AxeResults) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))

  const RATINGS = `#upstream=${encodeURIComponent(`${GLOO_SYSTEM}/bookinfo-ratings-9080`)}`
  for (const colorScheme of ['light', 'dark'] as const)
    for (const hash of ['', RATINGS])
      inView(
        `axe finds nothing against it, in ${colorScheme}${hash && ', with details'}`,
        async (t, page) => {
          if (hash !== '') await page.waitForSelector('#details dl')
          const found = await axe(page)
          t.ok(found.passes.length > 10, 'it looked')
          t.strictSame(violationsOf(found), [])
        },
        { colorScheme, hash },
      )

  inView('a label that somebody sets shows at once, without a reload', async (t, page) => {
    await page.evaluate('window.isStillThere = true')
    await page.click('text=shop-cart-9080')
    await page.waitForSelector('text=label gloo-istio.io/mtls of namespace shop is not set')
    const begin = performance.now()
    await live.label('shop', { 'gloo-istio.io/mtls': 'enabled' })
    await page.waitForSelector(`tr[data-key="${GLOO_SYSTEM}/shop-cart-9080"][data-state=waiting]`)
    t.comment(`shown ${Math.round(performance.now() - begin)} ms after the label was sent`)
    t.match(await textIn(row(page, 'shop-cart-9080')), 'pending')
    await page.waitForSelector('text=label gloo-istio.io/mtls of namespace shop is "enabled"')
    t.match(await textIn(page.locator('#details')), '"path": "/spec/sslConfig"')
    await live.create(discovered('shop', 'new'))
    await row(page, 'shop-new-9080').waitFor()
    await live.remove('Upstream', GLOO_SYSTEM, 'shop-new-9080')
    await row(page, 'shop-new-9080').waitFor({ state: 'detached' })
    t.equal(await page.evaluate('window.isStillThere'), true)
    await live.label('shop', { 'gloo-istio.io/mtls': null })
    await page.waitForSelector(`tr[data-key="${GLOO_SYSTEM}/shop-cart-9080"][data-state=plain]`)
  })

  /** One more dashboard, by other flags, and its page. */
  const openAnother = async (flags: readonly string[], program?: string) => {
    const another = await startDashboard(flags, program)
    const view = await openView(browser, another.url)
    const close = async () => {
      await another.interrupt()
      return view.close()
    }
    return { url: another.url, page: view.page, close }
  }

  t.test(
    'the end of a certificate is read where a Secret tells it, and no key is told',
    async t => {
      const now = new Date()
      const authority = await createAuthority({ commonName: 'Citadel', days: 365, now })
      const issued = { commonName: 'gateway', usages: ['clientAuth'], days: 90, now } as const
      const { certPem, keyPem } = await issueCertificate(authority, issued)
      const files = { 'cert-chain.pem': certPem, 'key.pem': keyPem }
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: GLOO_SYSTEM, name: 'istio.gateway-proxy' },
        stringData: files,
      }
      const [secretFile, config] = [join(dir, 'secret.json'), join(dir, 'citadel.json')]
      writeFileSync(secretFile, JSON.stringify(secret))
      const meshes = [{ namespace: 'istio-system', name: 'istio', istioVersion: '1.0.6' }]
      const told = { apiVersion: 'gloo-istio.io/v1alpha1', kind: 'Configuration', meshes }
      writeFileSync(config, JSON.stringify(told))
      await must(controlPlane, 'apply', '-f', secretFile)
      const { url, page, close } = await openAnother([
        `--kubeconfig=${controlPlane.kubeconfig}`,
        `--config=${config}`,
      ])
      await row(page, 'bookinfo-details-9080').getByText('ends in 89 d').waitFor()
      await page.click('text=bookinfo-details-9080')
      await page.getByText('Secret gloo-system/istio.gateway-proxy').waitFor()
      const answers = await page.evaluate<string>(`(async () => {
      const asked = await fetch('upstreams/gloo-system/bookinfo-details-9080')
      return await asked.text() + document.documentElement.outerHTML
    })()`)
      t.match(answers, 'citadel-sds')
      for (const line of keyPem.split('\n').slice(1, 5)) t.notOk(answers.includes(line))
      t.equal(new URL(url).hostname, '127.0.0.1')
      t.strictSame(await close(), [])
    },
  )

  t.test('who may not see everything sees the rest, and what is missing', async t => {
    const kubectl = (...args: string[]) => must(controlPlane, ...args)
    const resources = 'upstreams.gloo.solo.io,namespaces,services'
    await kubectl('create', 'serviceaccount', 'jane', '-n', 'default')
    await kubectl(
      'create',
      'clusterrole',
      'jane',
      '--verb=get,list,watch',
      `--resource=${resources}`,
    )
    await kubectl(
      'create',
      'clusterrolebinding',
      'jane',
      '--clusterrole=jane',
      '--serviceaccount=default:jane',
    )
    const file = join(dir, 'jane.kubeconfig')
    writeFileSync(
      file,
      await kubeconfigOf(controlPlane, { namespace: 'default', fullName: 'jane' }),
    )
    const { page, close } = await openAnother([`--kubeconfig=${file}`])
    await page.waitForSelector('#notices li')
    const said = await textIn(page.locator('#notices'))
    t.match(said, /^Your rights do not let everything be seen, so some of this may be wrong:/)
    t.match(said, 'pods is forbidden: User "system:serviceaccount:default:jane" cannot list')
    t.notMatch(said, 'services is forbidden')
    t.match(await textIn(row(page, 'bookinfo-details-9080')), 'no gateway')
    t.strictSame(await close(), [])
  })

  t.test('the bundle of the image has the page, too', async t => {
    const bundled = await bundleProgram(join(dir, 'app'))
    const flags = [`--kubeconfig=${controlPlane.kubeconfig}`]
    const { page, close } = await openAnother(flags, bundled)
    t.equal(await row(page, 'bookinfo-details-9080').getAttribute('data-state'), 'mtls')
    t.equal(await page.evaluate('document.styleSheets.length'), 1)
    t.strictSame(await close(), [])
  })

  inView('a cluster that is away is said to be, and comes back by itself', async (t, page) => {
    await controlPlane.halt()
    await page.waitForSelector('#phase[data-phase=lost]')
    t.equal(await textIn(page.locator('#phase')), 'Connection lost')
    t.match(
      await textIn(page.locator('#notices')),
      /^The API server does not answer, so this is what was known before/,
    )
    t.equal(await textIn(page.locator('#count')), '12 Upstreams', 'what was known stays')
    await controlPlane.resume()
    await page.waitForSelector('#phase[data-phase=live]', { timeout: 60_000 })
    t.equal(await textIn(page.locator('#notices')), '')
    await live.create(discovered('shop', 'afterwards'))
    await page.fill('#search', 'afterwards')
    await row(page, 'shop-afterwards-9080').waitFor()
  })

  inView('Ctrl-C ends it at once, and an open page says that it is gone', async (t, page) => {
    const { code, milliseconds } = await dashboard.interrupt()
    t.equal(code, 0)
    t.comment(`ended ${Math.round(milliseconds)} ms after the signal`)
    t.ok(milliseconds < 5_000, `${milliseconds} ms`)
    await page.waitForSelector('#phase[data-phase=lost]')
    t.match(await textIn(page.locator('#notices')), /^gloo-istio dashboard does not answer/)
    await sleep(100)
    t.ok(dashboard.told.includes('Open this address in a browser of this machine. Ctrl-C ends it.'))
  })
}
