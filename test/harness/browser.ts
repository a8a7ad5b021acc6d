import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { requirePart } from '../parts/parts.ts'
import { track } from '../parts/processes.ts'
import { CLI } from '../parts/program.ts'

// What would otherwise look for updates, and for addresses of the outside, at every start.
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Pictures of text are alike on every machine, and small.
  '--disable-lcd-text',
]

/** Chromium without a window, with a profile of its own that goes with it. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: requirePart('chromium').chromium,
    headless: true,
    args: QUIET,
  })

export interface View {
  readonly page: Page
  /** Closes it; answers what it asked of others, what its policy refused, and what it threw. */
  readonly close: () => Promise<readonly string[]>
}

export interface ViewOptions {
  readonly colorScheme?: 'light' | 'dark'
  /** What the address holds behind its #. */
  readonly hash?: string
}

/** As long as anything takes that is waited for, on a busy machine. */
const PATIENCE_MS = 60_000

/** A dashboard in a window of its own, once it shows Upstreams. */
export const openView = async (
  browser: Browser,
  url: string,
  { colorScheme = 'light', hash = '' }: ViewOptions = {},
): Promise<View> => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const troubles: string[] = []
  const { origin } = new URL(url)
  page.on('request', request => {
    if (new URL(request.url()).origin !== origin) troubles.push(`asked ${request.url()}`)
  })
  page.on('pageerror', error => troubles.push(`threw ${error.message}`))
  page.on('console', message => {
    if (/content security policy/i.test(message.text())) troubles.push(message.text())
  })
  await page.goto(url + hash)
  await page.waitForSelector('#phase[data-phase=live]')
  await page.waitForSelector('tbody tr')
  const close = async () => {
    await context.close()
    return troubles
  }
  return { page, close }
}

/** As it is seen. */
export const textIn = async (place: Locator): Promise<string> =>
  (await place.allInnerTexts()).join('\n')

/** `gloo-istio dashboard`, as a process. */
export const startDashboard = async (flags: readonly string[], program = CLI) => {
  const args = [program, 'dashboard', '--port=0', ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  track(child)
  const told: string[] = []
  createInterface({ input: child.stderr }).on('line', line => told.push(line))
  const ended = once(child, 'exit')
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>,
    ended.then(() => Promise.reject(new Error(told.join('\n')))),
  ])
  return {
    url: line,
    /** What it has said on standard error. */
    told,
    /** As Ctrl-C does; answers the exit code and how long it took, in milliseconds. */
    interrupt: async () => {
      const begin = performance.now()
      child.kill('SIGINT')
      const [code] = await ended
      return { code: code as number | null, milliseconds: performance.now() - begin }
    },
  }
}
