import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, stripVTControlCharacters, styleText } from 'node:util'
import type { Page } from 'playwright-core'
import { textAt } from '../../src/core/json.ts'
import { openView, startBrowser, startDashboard } from '../harness/browser.ts'
import { setHealthyStage } from '../harness/check-stage.ts'
import { eventually, GLOO_SYSTEM } from '../harness/live.ts'
import { COMPANY } from '../harness/shown.ts'
import { runOrThrow } from '../parts/command.ts'
import { type PartName, requirePart } from '../parts/parts.ts'
import { prepareParts } from '../parts/prepare.ts'
import { CLI } from '../parts/program.ts'
import { capture } from './capture.ts'
import { repacked } from './png.ts'
import { drawTerminal } from './terminal.ts'

// Makes the pictures of the documentation, from the real thing: npm run pictures -- [dashboard] [graph] [check] [demo]
const PARTS: readonly PartName[] = ['kubernetes', 'kubectl', 'helm', 'envoy', 'chromium']
const KINDS = ['dashboard', 'graph', 'check', 'demo']
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IMAGES = join(ROOT, 'docs/images')

const { positionals } = parseArgs({ allowPositionals: true })
const isWanted = (kind: string) => positionals.length === 0 || positionals.includes(kind)
const unknown = positionals.filter(kind => !KINDS.includes(kind))
if (unknown.length > 0)
  throw new Error(`unknown: ${unknown.join(', ')}; there is ${KINDS.join(', ')}`)

const ends: (() => unknown)[] = []
const t = {
  teardown: (end: () => unknown) => void ends.push(end),
  testdir: () => {
    const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-pictures-'))
    ends.unshift(() => rmSync(dir, { recursive: true, force: true }))
    return dir
  },
}

const save = (name: string, content: string | Buffer) => writeFileSync(join(IMAGES, name), content)
const shoot = async (page: Page, name: string) => save(name, repacked(await page.screenshot()))

/** A cluster that works, with a company in it of which not all does. Its kubeconfig calls it `production`. */
const setTheStage = async () => {
  const stage = await setHealthyStage(t)
  const { controlPlane, dir, live } = stage
  const there = ['gateway-proxy']
  for (const object of COMPANY)
    if (!there.includes(textAt(object, 'metadata', 'name'))) await live.create(object)
  const authority = await live.get('ConfigMap', GLOO_SYSTEM, 'istio-ca-root-cert')
  const { data } = authority
  const metadata = { namespace: 'team-web', name: 'istio-ca-root-cert' }
  await live.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
  await eventually('Upstreams are on', async () => {
    const found = JSON.stringify(await live.get('Upstream', 'gloo-system', 'payments-ledger-9080'))
    return found.includes('sslConfig')
  })
  const kubeconfig = join(dir, 'kubeconfig')
  copyFileSync(controlPlane.kubeconfig, kubeconfig)
  await runOrThrow({
    file: requirePart('kubectl').kubectl,
    args: ['config', 'rename-context', 'test', 'production', `--kubeconfig=${kubeconfig}`],
  })
  return kubeconfig
}

const shootDashboard = async (kubeconfig: string) => {
  process.env['KUBECONFIG'] = kubeconfig
  const dashboard = await startDashboard([])
  const browser = await startBrowser()
  const { page } = await openView(browser, dashboard.url)
  await page.waitForSelector('tr[data-key="team-web/web-frontend-9080"][data-state=waiting]')
  await shoot(page, 'dashboard.png')
  await page.click('text=bookinfo-ratings-9080')
  await page.waitForSelector('#details dl')
  await shoot(page, 'dashboard-details.png')
  const dark = await openView(browser, dashboard.url, { colorScheme: 'dark' })
  await shoot(dark.page, 'dashboard-dark.png')
  await browser.close()
  await dashboard.interrupt()
}

const drawGraph = async (kubeconfig: string) => {
  const args = [CLI, 'graph', `--kubeconfig=${kubeconfig}`]
  save('graph.svg', `${await runOrThrow({ file: process.execPath, args })}\n`)
}

/** Proxies, Upstreams and the sum: the whole is too long for a picture, so what is left out is named. */
const LAST_GROUPS = 3

const dim = (text: string) => styleText('dim', text, { validateStream: false })
const bold = (text: string) => styleText('bold', text, { validateStream: false })
const headOf = (group: string) => stripVTControlCharacters(group.split('\n')[0] ?? '')

const drawCheck = (kubeconfig: string) => {
  const said = capture(`${process.execPath} ${CLI} check`, { env: { KUBECONFIG: kubeconfig } })
  const groups = said.split('\n\n')
  const left = groups.slice(1, -LAST_GROUPS).map(headOf)
  const gap = dim(`… ${left.join(', ')} …`)
  const shown = [bold('$ gloo-istio check'), groups[0], gap, ...groups.slice(-LAST_GROUPS)]
  save('check.svg', drawTerminal('gloo-istio check', shown.join('\n\n')))
}

const STEP = /\n\n(?=(?:\p{Cc}\[[\d;]*m)*\d+\. )/u
/** The Upstream is annotated, and in the end the label is taken away. */
const SHOWN_STEPS = [6, 9]

/** Of the other steps only what they are called: the whole is some screens long. */
const drawDemo = () => {
  const said = capture(`${process.execPath} test/demo/main.ts`, { columns: 110 })
  const shown = said.split(STEP).map((step, at) => {
    if (at === 0) return `${bold('$ npm run demo')}\n${step}\n`
    return SHOWN_STEPS.includes(at) ? `\n${step}\n` : dim(`${headOf(step)} …`)
  })
  save('demo.svg', drawTerminal('npm run demo', shown.join('\n')))
}

process.chdir(ROOT)
mkdirSync(IMAGES, { recursive: true })
await prepareParts(PARTS)
try {
  if (['dashboard', 'graph', 'check'].some(isWanted)) {
    const kubeconfig = await setTheStage()
    if (isWanted('dashboard')) await shootDashboard(kubeconfig)
    if (isWanted('graph')) await drawGraph(kubeconfig)
    if (isWanted('check')) drawCheck(kubeconfig)
  }
  if (isWanted('demo')) drawDemo()
} finally {
  for (const end of ends.toReversed()) await end()
}
