import { t } from 'tap'
import { type Choice, chooseMode } from '../../src/core/choose-mode.ts'
import { MODE_NAMES } from '../../src/core/matrix.ts'
import { type Finding, isFinding } from '../../src/core/reasons.ts'
import type { ConfiguredMode } from '../../src/core/types.ts'
import { parseVersion } from '../../src/core/version.ts'
import { mesh } from '../harness/build.ts'
import { cellsOf, lineOf, RELEASE_NAMES } from '../harness/cells.ts'

const choose = (gloo?: string, istioVersion?: string, mode: ConfiguredMode = 'auto') =>
  chooseMode(mesh('a.istio', { istioVersion, mode }), parseVersion(gloo))

const said = (answer: Choice | Finding) => (isFinding(answer) ? answer.reason : answer.mode)

for (const release of RELEASE_NAMES) {
  const cells = cellsOf(release)
  t.test(`auto on Gloo ${release} takes for every Istio what works, or refuses`, async t =>
    t.strictSame(
      lineOf(cells, ({ gloo, istio }) => said(choose(gloo, istio))),
      lineOf(cells, ({ auto }) => auto ?? 'NoModeFits'),
    ),
  )
  for (const mode of MODE_NAMES)
    t.test(`${mode} pinned on Gloo ${release} is taken where it works, and only there`, async t =>
      t.strictSame(
        lineOf(cells, ({ gloo, istio }) => said(choose(gloo, istio, mode))),
        lineOf(cells, ({ fits }) => (fits.includes(mode) ? mode : 'ModeDoesNotFit')),
      ),
    )
}

t.test('a choice carries the versions that it was made for', async t => {
  const { pair } = choose('1.22.1', '1.22.3') as Choice
  t.equal(pair.gloo?.text, '1.22.1')
  t.equal(pair.istio?.text, '1.22.3')
})

// mode | Gloo | Istio | outcome, where a version is unknown or vague
const unknowns: readonly [ConfiguredMode, string | undefined, string | undefined, string][] = [
  ['auto', undefined, '1.22.0', 'GlooVersionUnknown'],
  ['auto', undefined, undefined, 'GlooVersionUnknown'],
  ['citadel-files', undefined, '1.0.0', 'GlooVersionUnknown'],
  ['auto', '1.22.1', undefined, 'IstioVersionUnknown'],
  ['auto', '1.22.1', 'latest', 'IstioVersionUnknown'],
  ['istio-agent', '1.22.1', undefined, 'IstioVersionUnknown'],
  ['agent-socket', '1.22.1', undefined, 'IstioVersionUnknown'],
  ['node-agent-sds', '1.0.0', undefined, 'IstioVersionUnknown'],
  ['citadel-files', '1.0.0', undefined, 'citadel-files'],
  ['citadel-files', '1.9.8', undefined, 'ModeDoesNotFit'],
  ['citadel-sds', '1.22.1', undefined, 'citadel-sds'],
  ['citadel-sds', '1.4.17', undefined, 'ModeDoesNotFit'],

  // Which patch it is decides about the mode.
  ['auto', '1.9', '1.4', 'GlooVersionVague'],
  ['auto', '1.10', '1.4', 'GlooVersionVague'],
  ['citadel-files', '1.9', '1.4', 'GlooVersionVague'],
  ['citadel-files', '1.9', undefined, 'GlooVersionVague'],
  ['agent-socket', '1.12', '1.22', 'GlooVersionVague'],
  ['node-agent-sds', '0.11', '1.4', 'GlooVersionVague'],
  // It decides about the shape: by cluster or by address, with or without ALPN.
  ['auto', '1.9', '1.22', 'GlooVersionVague'],
  ['auto', '1.10', '1.22', 'GlooVersionVague'],
  ['auto', '1.11', '1.4', 'GlooVersionVague'],
  ['auto', '1.12', '1.22', 'GlooVersionVague'],
  ['auto', '1.3', '1.4', 'GlooVersionVague'],
  // It decides about nothing.
  ['auto', '0.21', '1.4', 'citadel-files'],
  ['auto', '1.4', '1.4', 'citadel-files'],
  ['auto', '1.5', '1.22', 'istio-agent'],
  ['auto', '1.8', '1.4', 'citadel-files'],
  ['auto', '1.13', '1.4', 'citadel-sds'],
  ['auto', '1.17', '1.22', 'istio-agent'],
  ['agent-socket', '1.17', '1.22', 'agent-socket'],
  ['node-agent-sds', '1.5', '1.4', 'node-agent-sds'],
  // It decides about nothing, for the answer is no.
  ['auto', '1.3', '1.5', 'NoModeFits'],
  ['citadel-files', '1.9', '1.5', 'ModeDoesNotFit'],
  ['agent-socket', '1.12', '1.13', 'ModeDoesNotFit'],
]
for (const [mode, gloo, istio, expected] of unknowns)
  t.test(`${mode} on Gloo ${gloo} with Istio ${istio} is ${expected}`, async t =>
    t.equal(said(choose(gloo, istio, mode)), expected),
  )

// what is asked | how it is answered: with the way out, not only with a no
const messages: readonly [ConfiguredMode, string, string | undefined, string][] = [
  ['auto', '1.4.17', '1.22.3', 'take Gloo 1.5.0+, or Istio 1.0 - 1.4'],
  ['auto', '1.22.1', '0.8.0', 'take Istio 1.0 - 1.4 or 1.5+'],
  ['auto', '1.4.17', '0.8.0', 'take Istio 1.0 - 1.4'],
  [
    'citadel-files',
    '1.22.1',
    '1.4.10',
    'Gloo 0.0 - 1.9.7, 1.10.0 - 1.10.5 and Istio 1.0 - 1.4, not Gloo 1.22.1 with Istio 1.4.10',
  ],
  ['citadel-files', '1.22.1', undefined, 'not Gloo 1.22.1 with Istio of unknown version'],
]
for (const [mode, gloo, istio, expected] of messages)
  t.test(`${mode} on Gloo ${gloo} with Istio ${istio} is told what to do`, async t => {
    const { message, level } = choose(gloo, istio, mode) as Finding
    t.ok(message.includes(expected), message)
    t.equal(level, 'warning')
  })

t.test('a way out leads out', async t => {
  for (const gloo of ['1.5.0', '1.22.1']) t.equal(said(choose(gloo, '1.22.3')), 'istio-agent')
  for (const istio of ['1.0', '1.4']) t.equal(said(choose('1.4.17', istio)), 'citadel-files')
})

t.test('a mesh of an unknown Istio is named', async t =>
  t.match(choose('1.22.1'), { message: /mesh a\.istio / }),
)
