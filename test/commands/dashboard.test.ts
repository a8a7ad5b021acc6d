import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { t } from 'tap'
import { startDashboard } from '../harness/browser.ts'
import { type CommandCase, commandLine, EMPTY, runCases } from '../harness/command-line.ts'
import { ApiEndpoint } from '../stand-ins/api-endpoint.ts'

const dir = t.testdir()
const endpoint = new ApiEndpoint()
await endpoint.listen()
t.teardown(() => endpoint.close())
const kubeconfig = join(dir, 'kubeconfig')
writeFileSync(kubeconfig, endpoint.kubeConfig().exportConfig())
// Port 1 of this machine: nobody listens there.
const away = join(dir, 'away')
writeFileSync(away, endpoint.kubeConfig({ server: 'https://127.0.0.1:1' }).exportConfig())

const taken = createServer().listen(0, '127.0.0.1')
await once(taken, 'listening')
t.teardown(() => taken.close())
const { port } = taken.address() as AddressInfo

// arguments | exit code | standard output | standard error
const cases: readonly CommandCase[] = [
  [
    ['dashboard', '--port', String(port)],
    2,
    EMPTY,
    new RegExp(
      `cannot listen on port ${port} \\(EADDRINUSE\\): give another by --port; 0 takes any`,
    ),
  ],
  [['dashboard', '--port', '65536'], 2, EMPTY, /expected a number from 0 to 65535/],
  [['dashboard', '--port', 'x'], 2, EMPTY, /expected a number from 0 to 65535/],
  [
    ['dashboard', '--kubeconfig', away, '--port', '0'],
    1,
    EMPTY,
    /the API server of the kubeconfig cannot be asked: .*; see that kubectl reaches it/,
  ],
  [['dashboard', '--kubeconfig', '/nowhere'], 2, EMPTY, /cannot read the kubeconfig: .*\/nowhere/],
  [['dashboard', '--config', '/nowhere'], 2, EMPTY, /cannot read \/nowhere/],
]

t.test('what the user has to mend is said', t => runCases(t, commandLine(kubeconfig), cases))

const told = (text: string) =>
  [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, name = '', content = '']) => ({
    name,
    content: JSON.parse(content),
  }))

t.test('a cluster without Upstreams is shown as one, until a signal', async t => {
  const dashboard = await startDashboard([`--kubeconfig=${kubeconfig}`])
  t.match(dashboard.url, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/)
  const page = await (await fetch(dashboard.url)).text()
  t.match(page, '<title>gloo-istio dashboard</title>')
  t.match(await (await fetch(`${dashboard.url}main.js`)).text(), 'listen({')
  const answer = await fetch(`${dashboard.url}events`)
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (told(text).some(({ name, content }) => name === 'status' && content.phase === 'live')) break
  }
  const events = told(text)
  t.match(events[0], { name: 'status', content: { unseen: [], about: { stage: 'inject' } } })
  t.match(events[1], { name: 'all', content: { put: [], gone: [] } })
  const { code } = await dashboard.interrupt()
  t.equal(code, 0)
})
