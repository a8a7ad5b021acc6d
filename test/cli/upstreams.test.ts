import { t } from 'tap'
import { parse } from 'yaml'
import { FORMATS, type Format, printListing } from '../../src/cli/output.ts'
import { explainUpstream, upstreamListing } from '../../src/cli/upstreams.ts'
import { reportOn, type UpstreamReport } from '../../src/core/upstream-report.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { namespace, seen, settled } from '../harness/cluster.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const NOW = Date.parse('2026-01-10T00:00:00Z')
const ON = reportOn(settled(upstream(), KNOWN), KNOWN)
const PLAIN = reportOn(upstream({}, {}), KNOWN)
const PENDING = reportOn(upstream(), KNOWN)
const OUTSIDE = reportOn(
  upstream({ spec: { static: { hosts: [{ addr: 'www.example.com', port: 443 }] } } }),
  KNOWN,
)
const since = (time: string): UpstreamReport => ({ ...ON, since: time })
const printUpstreams = (reports: readonly UpstreamReport[], format: Format, now: number) =>
  printListing(upstreamListing(reports, now), format)
const linesOf = (text: string) => text.split('\n')

t.test('a table says how each Upstream stands, and why', async t => {
  const text = printUpstreams([since('2026-01-08T12:00:00Z'), PLAIN, OUTSIDE], 'table', NOW)
  const rows = linesOf(text).map(line => line.split(/ {2,}/))
  const [place, destination] = [['gloo-system', 'default-details-9080'], 'default/details:9080']
  const mesh = ['istio-system.istio', 'citadel-files']
  t.strictSame(rows, [
    ['NAMESPACE', 'NAME', 'DESTINATION', 'MTLS', 'REASON', 'MESH', 'MODE', 'SINCE'],
    [...place, destination, 'mtls', 'AlreadyEnabled', ...mesh, '1d'],
    [...place, destination, 'plain', 'NotSelected', '-', '-', '-'],
    [...place, '-', 'refused', 'DestinationNotInMesh', ...mesh, '-'],
    [''],
  ])
})

t.test('the wide table says also which rule spoke, and the sentence', async t => {
  const [head = '', row = '', plain = ''] = linesOf(printUpstreams([ON, PLAIN], 'wide', NOW))
  t.match(head, / {2}SELECTED BY {2}MESSAGE$/)
  t.match(
    row,
    / {2}Upstream {5}spec\.sslConfig holds the certificates of mesh istio-system\.istio$/,
  )
  t.match(plain, / {2}- {12}no annotation, label or default selects it$/)
  for (const line of linesOf(printUpstreams([ON, PLAIN], 'table', NOW)))
    t.notMatch(line, /SELECTED|certificates/)
})

t.test('JSON and YAML are the reports themselves', async t => {
  const expected = JSON.parse(JSON.stringify({ upstreams: [ON, PLAIN] }))
  const json = printUpstreams([ON, PLAIN], 'json', NOW)
  t.strictSame(JSON.parse(json), expected)
  t.match(json, /\}\n$/)
  t.strictSame(parse(printUpstreams([ON, PLAIN], 'yaml', NOW)), expected)
})

t.test('none at all can be told in each format', async t => {
  for (const format of FORMATS)
    t.match(printUpstreams([], format, NOW), format === 'name' ? /^$/ : /\S\n$/, format)
})

t.test('names are as kubectl prints them', async t => {
  t.equal(
    printUpstreams([ON, PLAIN], 'name', NOW),
    'upstream.gloo.solo.io/default-details-9080\n'.repeat(2),
  )
})

// since | as an age
const ages: readonly [string, string][] = [
  ['', '-'],
  ['never', '-'],
  ['2026-01-10T00:00:00Z', '0s'],
  ['2026-01-10T00:10:00Z', '0s'],
  ['2026-01-09T23:59:59.001Z', '0s'],
  ['2026-01-09T23:59:01Z', '59s'],
  ['2026-01-09T23:59:00Z', '1m'],
  ['2026-01-09T23:00:01Z', '59m'],
  ['2026-01-09T23:00:00Z', '1h'],
  ['2026-01-09T00:00:01Z', '23h'],
  ['2026-01-09T00:00:00Z', '1d'],
  ['2025-01-10T00:00:00Z', '365d'],
]
for (const [time, age] of ages)
  t.test(`since "${time}" is ${age} ago`, async t => {
    const [, row = ''] = linesOf(printUpstreams([since(time)], 'table', NOW))
    t.equal(row.split(/ {2,}/).at(-1), age)
  })

t.test('the explanation names each rule in its order, and marks the one that spoke', async t => {
  const labelled = seen(KNOWN, namespace('default', { 'gloo-istio.io/mtls': 'enabled' }))
  t.strictSame(linesOf(explainUpstream(reportOn(upstream({}, {}), labelled))).slice(0, 10), [
    'Upstream gloo-system/default-details-9080, which leads to default/details:9080',
    '',
    'Rules, the first that speaks wins:',
    '   1. Upstream              annotation gloo-istio.io/mtls is not set',
    '   2. Service               no Service default/details is known',
    ' → 3. destination namespace label gloo-istio.io/mtls of namespace default is "enabled"',
    '   4. own namespace         no namespace gloo-system is known',
    '   5. cluster default       selection is "labelled"',
    '',
    'Decision: pending',
  ])
})

t.test('where no rule speaks, it says so', async t => {
  t.match(explainUpstream(PLAIN), /^ {3}none of them speaks\n\nDecision: plain$/m)
  t.notMatch(explainUpstream(PLAIN), /→/)
  t.notMatch(explainUpstream(PLAIN), /^Mesh|To be written/m)
  t.notMatch(explainUpstream(ON), /none of them/)
})

t.test('it tells the findings, the mesh, and what is to be written', async t => {
  const text = explainUpstream(PENDING)
  t.match(text, /^ {2}info {4}spec\.sslConfig .*\[MtlsEnabled\]$/m)
  t.match(text, /^Mesh istio-system\.istio, mode citadel-files$/m)
  t.match(text, /^To be written:\n {2}\{"op":"add","path":/m)
  t.match(text, /[^\n]\n$/)
  const on = explainUpstream(since('2026-01-08T12:00:00Z'))
  t.match(on, /^Mesh istio-system\.istio, mode citadel-files, since 2026-01-08T12:00:00Z$/m)
  t.notMatch(on, /To be written/)
})

t.test('what a stage holds back is not said to be written', async t => {
  const text = explainUpstream(reportOn(upstream(), { ...KNOWN, stage: 'observe' }))
  t.match(text, /^Decision: observed$/m)
  t.match(text, /^Would be written with stage inject:\n {2}\{"op":"add","path":/m)
})

t.test('an Upstream that leads to no Service says so', async t =>
  t.match(explainUpstream(OUTSIDE), /which leads to no Service of the cluster$/m),
)

t.test('a mesh without a mode is named alone', async t =>
  t.match(explainUpstream({ ...PENDING, mode: '' }), /^Mesh istio-system\.istio$/m),
)
