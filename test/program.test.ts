import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { createAuthority, issueCertificate } from '../src/certs/authority.ts'
import type { JsonObject } from '../src/core/types.ts'
import { reviewOf, upstream } from './harness/build.ts'
import { ENVOY, gatewayProxy } from './harness/workloads.ts'
import { CLI } from './parts/program.ts'

const golden = (name: string) => fileURLToPath(new URL(`golden/${name}`, import.meta.url))
const CONFIG = golden('config.yaml')
const UPSTREAM = golden('upstream-of-the-supergloo-tutorial/input.yaml')
const INJECTED = golden('upstream-of-the-supergloo-tutorial/expected.yaml')

// Port 1 of this machine: nobody listens there.
const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'a', user: { token: 'x' } }],
  contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  'current-context': 'a',
}
const NOBODY = join(t.testdir({ kubeconfig: JSON.stringify(KUBECONFIG) }), 'kubeconfig')

const start = (...args: string[]) => spawn(process.execPath, [CLI, ...args], { stdio: 'pipe' })

const run = async (args: readonly string[], input = '') => {
  const child = start(...args)
  child.stdin.end(input)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (child.exitCode === null) await once(child, 'exit')
  return { code: child.exitCode, stdout, stderr }
}

// arguments | standard input | exit code | standard output | standard error
const cases: readonly [readonly string[], string, number, RegExp, RegExp][] = [
  [['--version'], '', 0, /^\d+\.\d+\.\d+\n$/, /^$/],
  [['--help'], '', 0, /Commands:/, /^$/],
  [['config', 'validate', '-f', CONFIG], '', 0, /config.yaml: valid, 1 mesh\n/, /^$/],
  [
    ['config', 'validate', '-f', '-'],
    'a: 1\n',
    2,
    /^$/,
    /^gloo-istio: <stdin>:1: apiVersion: missing/,
  ],
  [['config', 'schema'], '', 0, /"additionalProperties": false/, /^$/],
  [
    ['inject', '-f', UPSTREAM, '--config', CONFIG],
    '',
    0,
    /sslFiles:/,
    /^info: Upstream .*\[MtlsEnabled\]\ninfo: .*\[SelectedByAnnotation\]\nwarning: .*\[AlpnNotSent\]\n$/,
  ],
  [['inject', '-f', '-', '--config', CONFIG], '{"kind": "x"}', 0, /^\{"kind":"x"\}$/, /^$/],
  [['inject', '-f', UPSTREAM], '', 0, /kind: Upstream/, /^warning: .*\[UnknownMesh\]\n$/],
  [
    ['uninject', '-f', INJECTED, '--config', CONFIG],
    '',
    0,
    /^(?![\s\S]*sslFiles:)[\s\S]*kind: Upstream/,
    /^info: Upstream .*is gone: .*\[MtlsRemoved\]\n$/,
  ],
  [['uninject', '-f', UPSTREAM], '', 0, /kind: Upstream/, /\[UninjectAsked\]\n$/],
  [['matrix'], '', 0, /^Ways to hand [\s\S]*citadel-files[\s\S]*1\.22\.1 .*istio-agent/, /^$/],
  [['matrix', '-o', 'json'], '', 0, /^\{\n {2}"modes"/, /^$/],
  [
    ['matrix', '--gloo', '1.17.3', '--istio', '1.22.3'],
    '',
    0,
    /^Gloo 1.17.3 with Istio 1.22.3: auto takes istio-agent\n/,
    /^$/,
  ],
  [
    ['matrix', '--gloo', '1.3.9', '--istio', '1.22.3'],
    '',
    1,
    /no certificates of Istio 1.22.3 reach Gloo 1.3.9: take Gloo 1.5.0\+, or Istio 1.0 - 1.4\n/,
    /^$/,
  ],
  [['matrix', '--gloo', '1.3.9'], '', 2, /^$/, /--gloo and --istio go together/],
  [
    ['matrix', '--gloo', 'x', '--istio', '1.5'],
    '',
    2,
    /^$/,
    /expected a version, for instance 1.17.3/,
  ],
  [['inject', '-f', '/gone.yaml'], '', 2, /^$/, /^gloo-istio: cannot read \/gone.yaml/],
  [['inject', '-f', '-'], 'a: [', 2, /^$/, /^gloo-istio: /],
  [['inject'], '', 2, /^$/, /give --proxy <namespace\/name> .* or -f <file>/],
  [
    ['get', 'upstreams', '--kubeconfig', '/gone'],
    '',
    2,
    /^$/,
    /^gloo-istio: cannot read the kubeconfig: .*\/gone.*; name another by --kubeconfig or --context\n$/,
  ],
  [
    ['backfill', '--kubeconfig', NOBODY],
    '',
    1,
    /^$/,
    /^gloo-istio: the API server of the kubeconfig cannot be asked: .*ECONNREFUSED.*; see that kubectl/m,
  ],
  [
    ['webhook', 'check', '--kubeconfig', NOBODY, '--timeout', '4s'],
    '',
    1,
    /^$/,
    /gloo-istio: an Upstream in namespace default cannot be tried out: .*ECONNREFUSED.*; see that kubectl reaches the API server\ngiven up after 4 s\n$/,
  ],
  [
    [
      'webhook',
      'delete',
      '--webhook-configuration',
      'a',
      '--kubeconfig',
      NOBODY,
      '--timeout',
      '4s',
    ],
    '',
    1,
    /^$/,
    /gloo-istio: MutatingWebhookConfiguration a cannot be deleted: .*ECONNREFUSED/,
  ],
  [['webhook', 'delete'], '', 2, /^$/, /required option '--webhook-configuration <name>'/],
  [['webhook', 'check', '--timeout', '60'], '', 2, /^$/, /a number and s, m or h/],
  [['get', 'upstreams', '-f', '-'], 'kind: Namespace', 0, /^$/, /^no Upstreams found\n$/],
  [['explain', 'upstream', 'x', '-f', '-'], '', 2, /^$/, /expected <namespace>\/<name>/],
  [['explain', 'upstream', 'a/x', '-f', '-'], 'kind: A', 2, /^$/, /no Upstream a\/x was found/],
  [['serve', '--config', CONFIG, '--lease', 'a/b'], '', 2, /^$/, /--lease needs --follow/],
  [
    ['serve', '--config', CONFIG, '--reconcile', 'x'],
    '',
    2,
    /^$/,
    /upstreams, proxies, bootstraps/,
  ],
  [
    ['enject'],
    '',
    2,
    /^$/,
    /^gloo-istio: unknown command 'enject'\n\(Did you mean inject\?\)\n\(--help shows the flags\)\n$/,
  ],
  [
    ['get', 'upstraems'],
    '',
    2,
    /^$/,
    /^gloo-istio: unknown command 'upstraems'\n\(Did you mean upstreams\?\)/,
  ],
  [
    ['matrix', '--gloop', '1'],
    '',
    2,
    /^$/,
    /^gloo-istio: unknown option '--gloop'\n\(Did you mean --gloo\?\)/,
  ],
  [[], '', 0, /^Usage: gloo-istio \[options\] \[command\]\n[\s\S]*Commands:/, /^$/],
  [['get'], '', 0, /^Usage: gloo-istio get [\s\S]*upstreams/, /^$/],
  [['completion'], '', 2, /^$/, /^gloo-istio: missing required argument 'shell'/],
  [
    ['bundle', '--kubeconfig', NOBODY],
    '',
    1,
    /^$/,
    /^gloo-istio: the API server of the kubeconfig cannot be asked: .*ECONNREFUSED.*; see that kubectl reaches it\n$/m,
  ],
  [['serve', '--config', CONFIG, '--port', 'x'], '', 2, /^$/, /expected 0 to 65535/],
  [['serve', '--config', CONFIG, '--port', '70000'], '', 2, /^$/, /expected 0 to 65535/],
  [
    ['serve', '--config', CONFIG, '--cert-file', 'x'],
    '',
    2,
    /^$/,
    /go together: give all three, or none/,
  ],
  [['serve', '--config', '/gone.yaml'], '', 2, /^$/, /cannot read \/gone.yaml/],
  [
    [
      'serve',
      '--config',
      CONFIG,
      '--cert-file',
      '/gone',
      '--key-file',
      '/gone',
      '--ca-file',
      '/gone',
    ],
    '',
    1,
    /^$/,
    /cannot read \/gone: check that it is mounted/,
  ],
]
for (const [args, input, code, stdout, stderr] of cases)
  t.test(`gloo-istio ${args.map(arg => arg.split('/').at(-1)).join(' ')}`, async t => {
    const result = await run(args, input)
    t.match(result, { code, stdout, stderr })
    t.notMatch(result.stderr, /\n\s+at /, 'no stack')
  })

t.test('--verbose tells requests, and where an error comes from', async t => {
  const { code, stderr } = await run(['get', 'upstreams', '--kubeconfig', NOBODY, '--verbose'])
  t.equal(code, 1)
  t.match(stderr, /^GET \/api\/v1\/namespaces ECONNREFUSED \d+ ms$/m)
  t.match(stderr, /^gloo-istio: the API server of the kubeconfig cannot be asked/m)
  t.match(stderr, /\n {4}at [\s\S]*\ncaused by: Error: connect ECONNREFUSED[\s\S]*\n {4}at /)
  t.notMatch(stderr, /Bearer|authorization/i)
})

t.test('a reader that has read enough is no failure', async t => {
  const child = start('config', 'schema')
  child.stdout.destroy()
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.match({ code: child.exitCode, stderr }, { code: 0, stderr: '' })
})

interface Line {
  readonly msg: string
  readonly url?: string
  readonly metricsUrl?: string
}

/** Starts the server and waits until it says where it listens. */
const serve = async (...args: string[]) => {
  const child = start(
    'serve',
    '--config',
    CONFIG,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--metrics-port',
    '0',
    '--drain',
    '0s',
    ...args,
  )
  const lines: Line[] = []
  let rest = ''
  const { promise, resolve } = Promise.withResolvers<Line>()
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      lines.push(JSON.parse(part))
      if (part.includes('"listening"')) resolve(JSON.parse(part))
    }
  })
  return { child, lines, listening: await promise }
}

const ask = (url: string, ca: string, body?: object) =>
  new Promise<string>((resolve, reject) => {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } }
    request(url, { ca, agent: false, ...(body && post) }, response => {
      text(response).then(resolve, reject)
    })
      .on('error', reject)
      .end(body && JSON.stringify(body))
  })

/** Flags for a certificate in files, and the authority that signed it. */
const certificateIn = async (directory: string) => {
  const now = new Date()
  const { certPem: ca, ...authority } = await createAuthority({ commonName: 'test', days: 1, now })
  const pair = await issueCertificate(
    { certPem: ca, ...authority },
    { commonName: 'x', ipAddresses: ['127.0.0.1'], usages: ['serverAuth'], days: 1, now },
  )
  const files = { '--cert-file': pair.certPem, '--key-file': pair.keyPem, '--ca-file': ca }
  const flags = Object.entries(files).flatMap(([flag, pem]) => {
    const file = join(directory, flag.slice(2))
    writeFileSync(file, pem)
    return [flag, file]
  })
  return { flags, ca }
}

t.test('serve goes by the proxies that it has seen where nobody told the version', async t => {
  const directory = t.testdir()
  const { flags, ca } = await certificateIn(directory)
  const config = join(directory, 'config.yaml')
  const mesh = '{namespace: a, name: b, istioVersion: "1.22.3"}'
  const head = 'apiVersion: gloo-istio.io/v1alpha1\nkind: Configuration\n'
  writeFileSync(config, `${head}meshes: [${mesh}]\n`)
  const { child, listening } = await serve(...flags, '--config', config)
  const admit = async (object: JsonObject) => {
    const answer = await ask(`${listening.url}/mutate`, ca, reviewOf(object))
    return JSON.parse(answer).response.auditAnnotations.reason
  }
  const image = 'example.com/gloo-envoy-wrapper:1.17.3'
  t.equal(await admit(upstream()), 'GlooVersionUnknown')
  t.equal(await admit(gatewayProxy({ containers: [{ ...ENVOY, image }] })), 'CertificatesMounted')
  t.equal(await admit(upstream()), 'MtlsEnabled')
  child.kill('SIGTERM')
  await once(child, 'exit')
})

t.test('serve takes its certificate from files, and stops at SIGTERM', async t => {
  const { flags, ca } = await certificateIn(t.testdir())
  const { child, lines, listening } = await serve(...flags)
  t.equal(await ask(`${listening.url}/readyz`, ca), 'ok\n')
  const metrics = await fetch(`${listening.metricsUrl}/metrics`)
  t.match(await metrics.text(), 'gloo_istio_reviews_total')
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
  t.strictSame(
    lines.map(line => line.msg),
    ['serving certificate replaced', 'listening', 'draining', 'closing'],
  )
})

t.test('serve ends when a port is taken', async t => {
  const { child, listening } = await serve()
  const taken = new URL(listening.metricsUrl ?? '').port
  const flags = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', taken]
  const { code, stderr } = await run(['serve', '--config', CONFIG, ...flags])
  t.equal(code, 1)
  t.match(
    stderr,
    /^gloo-istio: cannot listen: EADDRINUSE: address already in use 127\.0\.0\.1:\d+; name another address or port by --host, --port, --metrics-port or --debug-port\n$/,
  )
  child.kill('SIGTERM')
  await once(child, 'exit')
})

t.test('serve is not ready while its CA bundle cannot be published', async t => {
  const kubeconfig = join(t.testdir(), 'kubeconfig')
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      users: [{ name: 'a', user: {} }],
      'current-context': 'a',
    }),
  )
  const { child, lines, listening } = await serve(
    '--webhook-configuration',
    'x',
    '--kubeconfig',
    kubeconfig,
  )
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.teardown(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'])
  const said = (wanted: string) => lines.find(({ msg }) => msg === wanted)
  while (!said('caBundle not read')) await once(child.stdout, 'data')
  t.match(said('caBundle not read'), { level: 'warn' })
  while (!said('serving certificate replaced')) await once(child.stdout, 'data')
  const answer = await ask(`${listening.url}/readyz`, '')
  t.equal(answer, 'MutatingWebhookConfiguration x was not read yet\n')
  child.kill('SIGINT')
  await once(child, 'exit')
})
