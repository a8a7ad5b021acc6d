import { readFileSync } from 'node:fs'
import { t } from 'tap'
import { type Paint, verifyJson, verifyText } from '../../src/cli/verify.ts'
import type { Verification } from '../../src/core/verify.ts'
import { BREAKS, breakOf, brokenLink, okLink, unseenLink } from '../../src/core/verify-breaks.ts'
import { upstreamWanted } from '../../src/core/verify-decision.ts'
import { facts, mesh, upstream } from '../harness/build.ts'
import { settled } from '../harness/cluster.ts'

const KNOWN = facts(mesh('istio-system.istio'))
const WANTED = upstreamWanted(settled(upstream(), KNOWN), KNOWN)
const POD = { proxy: 'Deployment a/b', namespace: 'a', name: 'b-1', serviceAccount: 'b' }
const LOST = breakOf('PlainText', { cluster: 'c' })
const ALONE = breakOf('NoReadyPod', { proxy: 'Deployment a/b', namespace: 'a' })
const found = (more: Partial<Verification>): Verification => ({
  verdict: 'proved',
  break: undefined,
  links: [okLink('decision', 'mtls')],
  pods: [{ pod: POD, links: [unseenLink('handshakes', 'none yet')], trust: '' }],
  ...more,
})
const plain: Paint = (_, text) => text
const BROKEN = found({
  verdict: 'broken',
  break: LOST,
  pods: [{ pod: POD, links: [brokenLink(LOST, 'plain text')], trust: '' }],
})

t.test('every link has its mark, and the first break its sentence and what to do', async t =>
  t.equal(
    verifyText(WANTED, BROKEN, plain),
    [
      'Upstream gloo-system/default-details-9080',
      '✔ decision     mtls',
      '',
      'Deployment a/b, pod b-1',
      '✘ cluster      plain text',
      '',
      `Broken at cluster: ${LOST.message} [PlainText]`,
      `  now: ${LOST.hint}`,
      '',
    ].join('\n'),
  ),
)

// what | what was found | end of the text
const ends: readonly [string, Verification, RegExp][] = [
  [
    'proved',
    found({}),
    /\n\nProved: Envoy speaks mutual TLS with default\/details:9080, as decided\n$/,
  ],
  ['untried', found({ verdict: 'untried' }), /\n\nEnvoy is set to speak mutual TLS .* yet\n$/],
  ['unasked', found({ verdict: 'unasked', break: ALONE }), /\n‼ handshakes {3}none yet\n$/],
]
for (const [what, verification, end] of ends)
  t.test(`what is ${what} says so`, async t =>
    t.match(verifyText(WANTED, verification, plain), end),
  )

t.test('plain text is called that, and a Service that is none is not named', async t => {
  const report = { ...WANTED.report, destination: '' }
  t.match(verifyText({ report, tls: undefined }, found({}), plain), /speaks plain text with it,/)
})

t.test('a proxy without a pod stands alone', async t => {
  const pods = [{ pod: { ...POD, name: '' }, links: [brokenLink(ALONE, 'not asked')], trust: '' }]
  t.match(verifyText(WANTED, found({ verdict: 'unasked', pods }), plain), /^Deployment a\/b$/m)
})

t.test('marks and the verdict have colours', async t => {
  const painted = verifyText(WANTED, BROKEN, (colour, text) => `<${colour}>${text}</>`)
  t.match(painted, '<green>✔</> decision')
  t.match(painted, '<red>✘</> cluster')
  t.match(painted, '<red>Broken at')
})

t.test('as JSON', async t => {
  const json = JSON.parse(verifyJson(WANTED, BROKEN))
  t.match(json, {
    upstream: { namespace: 'gloo-system', destination: 'default/details:9080' },
    decision: { standing: 'mtls', mesh: 'istio-system.istio' },
    verdict: 'broken',
    break: { code: 'PlainText', link: 'cluster' },
    pods: [{ name: 'b-1', links: [{ link: 'cluster', state: 'broken' }] }],
  })
  t.equal(JSON.parse(verifyJson(WANTED, found({})))['break'], null)
})

t.test('the guide has every break at its link, and no other', async t => {
  const guide = readFileSync(new URL('../../docs/guides/verify.md', import.meta.url), 'utf8')
  const rows = [...guide.matchAll(/^\| (\w+) +\| `(\w+)`/gm)].map(
    ([, link, code]) => `${code} ${link}`,
  )
  const known = Object.entries(BREAKS).map(([code, { link }]) => `${code} ${link}`)
  t.strictSame(rows.toSorted(), known.toSorted())
})
