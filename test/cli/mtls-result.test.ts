import { t } from 'tap'
import { parse } from 'yaml'
import { type MtlsResult, printMtlsResult } from '../../src/cli/mtls-result.ts'

const RESULT: MtlsResult = {
  namespace: 'gloo-system',
  name: 'details',
  outcome: 'written',
  standing: 'on',
  mesh: 'istio-system.istio',
  mode: 'istio-agent',
  findings: [
    { level: 'info', reason: 'MtlsEnabled', message: 'spec.sslConfig filled' },
    { level: 'warning', reason: 'AlpnNotSent', message: 'no ALPN' },
  ],
  patch: [{ op: 'add', path: '/spec/sslConfig', value: {} }],
  fields: ['annotation gloo-istio.io/mtls', 'spec.sslConfig'],
  warnings: ['gloo-istio: no ALPN [AlpnNotSent]'],
}
const linesOf = (more: Partial<MtlsResult>) =>
  printMtlsResult({ ...RESULT, ...more }, 'text').split('\n')

t.test('what was written is told, and how to prove it', async t =>
  t.strictSame(linesOf({}), [
    'Upstream gloo-system/details: mutual TLS is on',
    '  info    spec.sslConfig filled [MtlsEnabled]',
    '  warning no ALPN [AlpnNotSent]',
    'Mesh: istio-system.istio, mode istio-agent',
    'Changed: annotation gloo-istio.io/mtls, spec.sslConfig',
    'Prove it: gloo-istio verify upstream gloo-system/details',
    '',
  ]),
)

t.test('a dry run prints the patch, and nothing to do next', async t =>
  t.strictSame(linesOf({ outcome: 'dry run', findings: [] }), [
    'Upstream gloo-system/details: dry run, were it written: mutual TLS is on',
    'Mesh: istio-system.istio, mode istio-agent',
    'Patch:',
    '  {"op":"add","path":"/spec/sslConfig","value":{}}',
    '',
  ]),
)

const OPT_OUT =
  'To keep it out whoever selects it: gloo-istio unset upstream mtls --name details --namespace gloo-system --opt-out'

// how it stands | the first line | the last line
const standings: readonly [Partial<MtlsResult>, RegExp, string | RegExp][] = [
  [{ standing: 'waiting' }, /mutual TLS waits for a proxy$/, /^Next: gloo-istio get proxies/],
  [{ standing: 'observed' }, /the stage holds mutual TLS back$/, /^Changed: /],
  [{ standing: 'off', mesh: '' }, /mutual TLS is off$/, /^Changed: /],
  [{ standing: 'selected', mesh: '' }, /but is still selected$/, OPT_OUT],
  [{ standing: 'kept', mesh: '' }, /is not of gloo-istio and stays$/, OPT_OUT],
  [{ standing: 'overruled' }, /a webhook of the cluster decided otherwise/, /^Changed: /],
]
for (const [more, first, last] of standings)
  t.test(`an Upstream that is ${more.standing}`, async t => {
    const lines = linesOf(more)
    t.match(lines[0], first)
    t.match(lines.at(-2), last)
  })

t.test('a refusal tells its reasons, and no mesh that it does not have', async t =>
  t.strictSame(linesOf({ standing: 'refused', outcome: 'refused', patch: [], fields: [] }), [
    'Upstream gloo-system/details: left as it is',
    '  info    spec.sslConfig filled [MtlsEnabled]',
    '  warning no ALPN [AlpnNotSent]',
    '',
  ]),
)

t.test('who knows better than the pods can insist', async t => {
  const finding = { level: 'warning', reason: 'NoSidecars', message: '0 of 1 pods' } as const
  t.equal(
    linesOf({ standing: 'refused', outcome: 'refused', findings: [finding] }).at(-2),
    'To insist: kubectl annotate upstream details -n gloo-system gloo-istio.io/mtls=enabled gloo-istio.io/mesh=istio-system.istio',
  )
})

t.test('a mesh without a mode is named alone, and nothing that is as it was', async t => {
  const lines = linesOf({ mode: '', outcome: 'unchanged' })
  t.ok(lines.includes('Mesh: istio-system.istio'))
  t.notMatch(lines, [/Changed/])
})

t.test('JSON and YAML are the result itself', async t => {
  t.strictSame(JSON.parse(printMtlsResult(RESULT, 'json')), RESULT)
  t.match(printMtlsResult(RESULT, 'json'), /\}\n$/)
  t.strictSame(parse(printMtlsResult(RESULT, 'yaml')), RESULT)
})
