import { spawnSync } from 'node:child_process'
import { t } from 'tap'
import { commandLine } from '../harness/command-line.ts'
import { discovered, gatewayProxy } from '../harness/live.ts'
import { installIn } from '../harness/shells.ts'
import { setStage } from '../harness/stage.ts'
import { requirePart, skipUnless } from '../parts/parts.ts'

const skip = skipUnless('kubernetes', 'kubectl')
if (skip) {
  t.test('the plugin of kubectl', { skip }, async () => {})
} else {
  const { dir, controlPlane } = await setStage(t, [
    discovered('team-a', 'details'),
    discovered('team-b', 'mail'),
    gatewayProxy('1.17.3'),
  ])
  const bin = installIn(dir)
  const kubectl = (...args: readonly string[]) =>
    spawnSync(requirePart('kubectl').kubectl, args, {
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${bin}:${process.env['PATH']}`,
        KUBECONFIG: controlPlane.kubeconfig,
        KUBECACHEDIR: dir,
        NO_COLOR: '1',
      },
    })
  const offered = ({ stdout }: { readonly stdout: string }) =>
    stdout
      .split('\n')
      .map(line => line.split('\t')[0] ?? '')
      .filter(word => word !== '')

  t.test('kubectl finds it, and has nothing to say against it', async t => {
    const { stdout, stderr, status } = kubectl('plugin', 'list')
    t.equal(status, 0, stderr)
    t.match(stdout, `${bin}/kubectl-gloo_istio`)
    t.notMatch(stdout + stderr, /warning|not executable|overshadowed/)
  })

  t.test('it runs, and calls itself as it was called', async t => {
    t.match(kubectl('gloo-istio', '--version'), { status: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
    t.match(kubectl('gloo-istio', 'get'), { status: 0, stdout: /^Usage: kubectl gloo-istio get / })
    const wrong = kubectl('gloo-istio', 'enject')
    t.equal(wrong.status, 2)
    t.match(wrong.stderr, /^kubectl gloo-istio: unknown command 'enject'\n/)
    const gone = kubectl('gloo-istio', 'explain', 'upstream', 'a/b')
    t.equal(gone.status, 2)
    t.match(gone.stderr, /^kubectl gloo-istio: no Upstream a\/b was found/m)
    const names = kubectl('gloo-istio', 'get', 'upstreams', '-n', 'gloo-system', '-o', 'name')
    t.match(names.stdout, 'upstream.gloo.solo.io/team-a-details-9080\n')
  })

  t.test('kubectl completes it', async t => {
    t.ok(offered(kubectl('__complete', 'gloo-istio', 'get', '')).includes('upstreams'))
    const contexts = kubectl('__complete', 'gloo-istio', 'get', 'upstreams', '-o', 'w')
    t.strictSame(offered(contexts), ['wide', ':4'])
  })

  const complete = (...words: readonly string[]) =>
    commandLine(controlPlane.kubeconfig)('complete', '--', ...words)

  // words up to the cursor | what the cluster offers
  const live: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['get', 'upstreams', '-n', 'gloo'],
      ['gloo-system', ':4'],
    ],
    [
      ['explain', 'upstream', 'gloo-system/team-b'],
      ['gloo-system/team-b-mail-9080', ':4'],
    ],
    [
      ['webhook', 'check', '--mesh', ''],
      ['istio-system.istio', ':4'],
    ],
    [
      ['set', 'upstream', 'mtls', '--target-mesh=i'],
      ['istio-system.istio', ':4'],
    ],
    [
      ['set', 'upstream', 'mtls', '--name', 'team-a'],
      ['team-a-details-9080', ':4'],
    ],
    [['set', 'upstream', 'mtls', '-n', 'default', '--name', ''], [':4']],
    [
      ['inject', '--proxy', ''],
      ['gloo-system/gateway-proxy', ':4'],
    ],
    [
      ['get', 'upstreams', '--context', ''],
      ['test', ':4'],
    ],
  ]
  for (const [words, expected] of live)
    t.test(
      `the cluster offers ${expected.slice(0, -1).join(' ') || 'nothing'} for ${words.join(' ')}`,
      async t => t.strictSame(offered(await complete(...words)), expected),
    )

  t.test('--verbose tells each request, and nothing of what is said in it', async t => {
    const gloo = commandLine(controlPlane.kubeconfig)
    const { stdout, stderr, code } = await gloo('get', 'upstreams', '--verbose')
    t.equal(code, 0)
    t.match(stdout, /^NAMESPACE/)
    t.match(stderr, /^GET \/apis\/gloo\.solo\.io\/v1\/upstreams 200 \d+ ms$/m)
    const other = stderr.split('\n').filter(line => !/^(GET \/\S+ \d{3} \d+ ms|- .* …)$/.test(line))
    t.strictSame(other, [])
    t.equal((await gloo('get', 'upstreams')).stderr.replace(/^- .* …$/gm, '').trim(), '')
  })
}
