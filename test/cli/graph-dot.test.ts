import { t } from 'tap'
import { drawDot } from '../../src/cli/graph-dot.ts'
import { HOSTILE, namedAll, WAYS } from '../harness/ways.ts'

/** The text with each string of DOT put as `""`; throws for what has no end. */
const skeletonOf = (dot: string): string => {
  const skeleton = dot.replaceAll(/"(?:[^"\\\n]|\\["\\])*"/g, '""')
  if (skeleton.replaceAll('""', '').includes('"')) throw new Error(`a string has no end: ${dot}`)
  return skeleton
}

t.test('every way is drawn, with its state in words', async t => {
  const dot = drawDot(WAYS)
  t.match(dot, /^digraph "gloo-istio" \{\n {2}rankdir=LR;\n/)
  for (const line of [
    'g0 [label="gloo-system/gateway-proxy", shape=component];',
    'n0 [label="default", shape=folder];',
    'e1 [label="details:9080", tooltip="Upstream gloo-system/default-details-9080: spec.sslConfig holds the certificates of mesh istio-system.istio", color="#176b34"];',
    'g0 -> n0 [label="2 mutual TLS", color="#176b34", style=bold];',
    'n0 -> e3 [label="waiting: AlreadyEnabled", color="#8a5a00", style=dashed];',
    'n0 -> e2 [label="refused: AlreadyEnabled", color="#b42318", style=dotted];',
    'g2 -> n2 [label="1 plain", color="#5b6470", style=solid];',
  ])
    t.ok(dot.includes(`  ${line}\n`), line)
})

t.test('without Upstreams it is an empty graph', async t =>
  t.equal(drawDot([]).split('\n').length, 6),
)

for (const [at, name] of HOSTILE.entries())
  t.test(`no statement comes of hostile name ${at}`, async t => {
    const dot = drawDot([namedAll(name)])
    t.equal(skeletonOf(dot), skeletonOf(drawDot([namedAll('harmless')])))
  })

t.test('what Graphviz would replace in labels is written out', async t => {
  t.ok(drawDot([namedAll('\\N')]).includes('label="\\\\N"'))
  t.ok(drawDot([namedAll('&lt;')]).includes('label="&amp;lt;"'))
})
