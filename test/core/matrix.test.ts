import { t } from 'tap'
import { has, holdsFor, MODE_NAMES, MODES, TRAITS, type Trait } from '../../src/core/matrix.ts'
import { parseVersion } from '../../src/core/version.ts'
import { type Cell, cellsOf, lineOf, RELEASE_NAMES } from '../harness/cells.ts'

const pairOf = (gloo?: string, istio?: string) => ({
  gloo: parseVersion(gloo),
  istio: parseVersion(istio),
})

const modesAt = (gloo: string, istio: string) =>
  MODE_NAMES.filter(mode => holdsFor(MODES[mode], pairOf(gloo, istio)))

for (const release of RELEASE_NAMES)
  t.test(`Gloo ${release} with every Istio, in every mode, fitting or not`, async t => {
    const cells = cellsOf(release)
    const fits = lineOf(cells, ({ fits }) => fits.join(' '))
    t.strictSame(
      lineOf(cells, ({ gloo, istio }) => modesAt(gloo, istio).join(' ')),
      lineOf(cells, ({ fits }) => MODE_NAMES.filter(mode => fits.includes(mode)).join(' ')),
    )
    t.strictSame(
      lineOf(cells, ({ gloo, istio }) => modesAt(gloo, `${istio}.7`).length),
      lineOf(cells, ({ fits }) => fits.length),
      'whatever the patch of Istio',
    )
    t.equal(Object.keys(fits).length, 32)
    const said = (cell: Cell) =>
      MODE_NAMES.map(mode => holdsFor(MODES[mode], pairOf(cell.gloo, cell.istio)))
    t.notOk(cells.flatMap(said).includes(undefined), 'and nothing is left open')
  })

t.test('auto takes files first, then Citadel by sds, then the agent, and no other', async t => {
  t.strictSame(
    MODE_NAMES.filter(mode => MODES[mode].auto),
    ['citadel-files', 'citadel-sds', 'istio-agent'],
  )
  t.strictSame([...MODE_NAMES].toSorted(), [
    'agent-socket',
    'citadel-files',
    'citadel-sds',
    'istio-agent',
    'node-agent-sds',
  ])
})

// mode | Gloo, Istio | whether it works: the edges that no release above is right beside
const edges: readonly [(typeof MODE_NAMES)[number], string, string, boolean][] = [
  ['citadel-files', '0.0.1', '1.0.0', true],
  ['citadel-files', '1.10.0', '1.4.10', true],
  ['citadel-files', '1.9.7', '0.8.0', false],
  ['citadel-files', '1.9.7', '1.5.0', false],
  ['citadel-sds', '1.4.99', '1.4.10', false],
  ['citadel-sds', '1.5.0', '0.8.0', false],
  ['citadel-sds', '2.0.0', '1.4.10', true],
  ['istio-agent', '1.4.99', '1.5.0', false],
  ['istio-agent', '1.5.0', '1.4.99', false],
  ['istio-agent', '1.5.0', '2.0.0', true],
  ['node-agent-sds', '0.11.1', '1.1.0', false],
  ['node-agent-sds', '0.11.2', '1.1.0', true],
  ['node-agent-sds', '0.11.2', '1.0.9', false],
  ['node-agent-sds', '1.5.99', '1.4.10', true],
  ['node-agent-sds', '1.6.0', '1.4.10', false],
  ['agent-socket', '1.12.4', '1.13.9', false],
  ['agent-socket', '1.12.4', '1.14.0', true],
]
for (const [mode, gloo, istio, expected] of edges)
  t.test(`${mode} is ${expected ? '' : 'not '}for Gloo ${gloo} with Istio ${istio}`, async t =>
    t.equal(holdsFor(MODES[mode], pairOf(gloo, istio)), expected),
  )

// trait | pairs that have it, pairs that do not: `Gloo/Istio`, a dash for a side that does not matter
const traits: Readonly<Record<Trait, readonly [string, string]>> = {
  alpn: ['1.3.20/- 1.3.99/- 1.4.0/- 1.22.1/-', '0.21.3/- 1.2.25/- 1.3.19/- 1.3/-'],
  'alpn-over-sds': [
    '1.5.20/- 1.6.24/- 1.7.3/- 1.8.0/- 1.22.1/-',
    '1.4.17/- 1.5.19/- 1.6.0/- 1.6.23/- 1.7.0/- 1.7.2/-',
  ],
  'sds-by-address': [
    '1.9.23/- 1.10.36/- 1.11.29/- 1.12.4/- 1.13.0/- 1.22.1/-',
    '1.8.99/- 1.9.22/- 1.10.0/- 1.10.35/- 1.11.0/- 1.11.28/- 1.12.0/- 1.12.3/-',
  ],
  'sds-cluster': ['1.5.0/- 1.5/- 1.22.1/-', '0.13.13/- 1.4.99/- 1.4/-'],
  'root-ca-alone': [
    '0.13.13/- 1.9.7/- 1.10.0/- 1.10.5/- 1.11.0/- 1.12.0/- 1.22.1/-',
    '1.9.8/- 1.9.99/- 1.10.6/- 1.10.99/-',
  ],
  'empty-sslconfig': ['1.3.24/- 1.4.0/- 1.22.1/-', '0.13.13/- 1.3.0/- 1.3.23/-'],
  'ssl-service-annotations': ['1.0.0/- 1.22.1/-', '0.20.3/- 0.21.3/-'],
  'upstream-config-annotation': ['1.10.0/- 1.22.1/-', '1.9.99/- 1.0.0/-'],
  'sds-ee-image': ['1.17.0/- 1.22.1/-', '1.16.99/-'],
  'misspelt-token-header': ['-/1.1 -/1.1.17', '-/1.0.9 -/1.2.0 -/1.10 -/1.11.0'],
  'first-party-token': ['-/1.1 -/1.2.10', '-/1.0 -/1.3.0 -/1.22.0'],
  'pilot-address': ['-/1.5.0 -/1.6.14', '-/1.4.10 -/1.7.0 -/1.22.0'],
  'agent-cluster-id': ['-/1.6.0 -/1.31', '-/1.5.10'],
  'agent-without-envoy': ['-/1.11.0 -/1.31', '-/1.10.6 -/1.5'],
  'workload-socket': ['-/1.14.0 -/1.31', '-/1.13.9'],
}
const pairsOf = (list: string) =>
  list.split(' ').map(text => {
    const [gloo, istio] = text.split('/').map(part => (part === '-' ? undefined : part))
    return { text, pair: pairOf(gloo, istio) }
  })
t.test('every trait is tested', async t =>
  t.strictSame(Object.keys(traits).toSorted(), Object.keys(TRAITS).toSorted()),
)
for (const name of Object.keys(TRAITS) as Trait[])
  t.test(`trait ${name} has its edges where its Gloo and its Istio have them`, async t => {
    const [having, lacking] = traits[name]
    for (const { text, pair } of pairsOf(having)) t.equal(has(name, pair), true, text)
    for (const { text, pair } of pairsOf(lacking)) t.equal(has(name, pair), false, text)
    t.equal(has(name, pairOf()), false, 'of unknown versions nothing is known')
  })

// Gloo, Istio | whether citadel-files holds for them
const unknowns: readonly [string | undefined, string | undefined, boolean | undefined][] = [
  [undefined, undefined, undefined],
  ['1.0.0', undefined, undefined],
  [undefined, '1.0', undefined],
  ['1.9', '1.4', undefined],
  ['1.11.0', undefined, false],
  [undefined, '1.5', false],
  ['1.9', '1.5', false],
  ['1.9.7', '1.4', true],
]
for (const [gloo, istio, expected] of unknowns)
  t.test(
    `of Gloo ${gloo} and Istio ${istio}, files are ${expected ?? 'not known to'} fit`,
    async t => t.equal(holdsFor(MODES['citadel-files'], pairOf(gloo, istio)), expected),
  )

for (const [name, row] of Object.entries({ ...MODES, ...TRAITS }))
  t.test(`${name} says what it is, and where that was read`, async t => {
    t.match(row.about, /^\w.*\.$/, 'a sentence')
    t.match(row.source, /^(gloo|istio)(@v?\d|#\d)/, 'a tag or an issue')
  })
