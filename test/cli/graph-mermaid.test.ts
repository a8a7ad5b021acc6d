import { t } from 'tap'
import { drawMermaid } from '../../src/cli/graph-mermaid.ts'
import { HOSTILE, namedAll, WAYS } from '../harness/ways.ts'

/** All that may be between the quotes of a label. */
const LABEL = /"(?:[A-Za-z0-9 ._/:,-]|#\d+;)*"/g

const skeletonOf = (text: string): string => text.replaceAll(LABEL, '""')

t.test('every way is drawn, with its state in words', async t => {
  const text = drawMermaid(WAYS)
  t.match(text, /^flowchart LR\n/)
  for (const line of [
    'g0(["gloo-system/gateway-proxy"])',
    'n0[/"default"/]',
    'e1["details:9080 #40;Upstream gloo-system/default-details-9080#41;"]',
    'g0 -- "2 mutual TLS" --> n0',
    'n0 -- "waiting: AlreadyEnabled" --> e3',
    'g2 -- "1 plain" --> n2',
  ])
    t.ok(text.includes(`  ${line}\n`), line)
})

t.test('each link is drawn as the state of its way', async t => {
  const lines = drawMermaid(WAYS).split('\n')
  const links = lines.filter(line => line.includes('-->'))
  const styles = lines.flatMap(line => {
    const [, numbers, style] = /^ {2}linkStyle ([\d,]+) (.*)$/.exec(line) ?? []
    return numbers === undefined ? [] : numbers.split(',').map(at => [Number(at), style] as const)
  })
  t.equal(styles.length, links.length)
  for (const [at, style] of styles) {
    const isOn = links[at]?.includes('mutual TLS')
    t.equal(style === 'stroke:#176b34,stroke-width:2px', isOn, links[at] ?? '')
  }
})

t.test('without Upstreams it is an empty chart', async t =>
  t.equal(drawMermaid([]), 'flowchart LR\n'),
)

for (const [at, name] of HOSTILE.entries())
  t.test(`nothing but a label comes of hostile name ${at}`, async t => {
    const text = drawMermaid([namedAll(name)])
    t.equal(skeletonOf(text), skeletonOf(drawMermaid([namedAll('harmless')])))
    t.notMatch(text, '%%')
  })
