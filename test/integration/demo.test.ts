import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { skipUnless } from '../parts/parts.ts'

const DEMO = fileURLToPath(new URL('../demo/main.ts', import.meta.url))
const skip = skipUnless('kubernetes', 'kubectl', 'helm', 'envoy')
const skipIstio = skip || skipUnless('istio')
const foldersLeft = () => readdirSync(tmpdir()).filter(name => name.startsWith('gloo-istio-demo-'))

const start = (...args: string[]) => {
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  return { child, stdout: text(child.stdout), stderr: text(child.stderr) }
}

t.test('the demo goes from 503 to 200, tells why, and leaves nothing behind', { skip }, async t => {
  const before = foldersLeft()
  const { child, stdout, stderr } = start()
  const [code] = await once(child, 'exit')
  t.equal(code, 0, await stderr)
  const said = await stdout
  const story = [
    'kubectl create -f test/demo/manifests/upstream.yaml',
    'HTTP 503',
    'gloo-istio.io/mtls=enabled',
    '+     sslConfig:',
    'HTTP 200  {"id":0,"author":"William Shakespeare"',
    'kubectl label namespace default gloo-istio.io/mtls=enabled',
    'label gloo-istio.io/mtls of namespace default is "enabled"',
    'spec.upstreamSpec.sslConfig holds the certificates',
    'the Upstream is what it was, to the byte',
  ]
  const places = story.map(line => said.indexOf(line))
  t.notOk(places.includes(-1), said)
  t.strictSame(
    places,
    places.toSorted((a, b) => a - b),
    'in this order',
  )
  t.notMatch(said, '\u001B[', 'no colour where there is no terminal')
  t.strictSame(foldersLeft(), before)
})

t.test('--mode plays with another Gloo and Istio’s own agent', { skip: skipIstio }, async t => {
  const { child, stdout, stderr } = start('--mode', 'agent-socket')
  const [code] = await once(child, 'exit')
  t.equal(code, 0, await stderr)
  const said = await stdout
  t.match(said, 'Mode agent-socket: Gloo 1.17.3 and Istio 1.22.3')
  t.match(said, /HTTP 503[\s\S]*\+ +targetUri: unix:\S+\/socket[\s\S]*HTTP 200/)
})

t.test('--keep keeps all running until it is interrupted', { skip }, async t => {
  const before = foldersLeft()
  const { child } = start('--keep')
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (said.includes('kubectl get upstreams -A')) child.kill('SIGINT')
  })
  await once(child, 'exit')
  t.match(said, /export KUBECONFIG=\S+kubeconfig/)
  t.strictSame(foldersLeft(), before)
})

t.test('a wrong flag is answered with the help', async t => {
  const { child, stderr } = start('--kep')
  const [code] = await once(child, 'exit')
  t.equal(code, 2)
  t.match(await stderr, /Unknown option '--kep'[\s\S]*Usage: npm run demo/)
})

t.test('an unknown mode is answered with those there are', async t => {
  const { child, stderr } = start('--mode', 'sidecar')
  const [code] = await once(child, 'exit')
  t.equal(code, 2)
  t.match(await stderr, /Unknown mode 'sidecar'[\s\S]*agent-socket +Gloo 1\.17\.3, Istio 1\.22\.3/)
})
