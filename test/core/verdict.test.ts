import { t } from 'tap'
import { MODE_NAMES } from '../../src/core/matrix.ts'
import { verdictOn } from '../../src/core/verdict.ts'
import { cellsOf, RELEASE_NAMES } from '../harness/cells.ts'

for (const release of RELEASE_NAMES)
  t.test(`the verdict on Gloo ${release} agrees with what is known of every Istio`, async t => {
    for (const { gloo, istio, auto, fits } of cellsOf(release)) {
      const verdict = verdictOn(gloo, istio)
      t.equal(verdict.auto, auto, istio)
      t.strictSame(
        verdict.modes.filter(({ fits }) => fits).map(({ mode }) => mode),
        MODE_NAMES.filter(mode => fits.includes(mode)),
        istio,
      )
    }
  })

// Gloo | Istio | why there is no mode
const refusals: readonly [string, string, RegExp | undefined][] = [
  ['1.22.1', '1.22.3', undefined],
  ['1.4.17', '1.22.3', /no certificates of Istio 1\.22\.3 reach Gloo 1\.4\.17: take /],
  ['1.9', '1.4', /Gloo 1\.9 may or may not/],
  ['latest', '1.22.3', /version of Gloo is unknown/],
  ['1.22.1', 'latest', /the Istio of mesh .* is unknown/],
]
for (const [gloo, istio, why] of refusals)
  t.test(
    `Gloo ${gloo} with Istio ${istio} ${why ? 'is refused, with a reason' : 'fits'}`,
    async t => {
      const verdict = verdictOn(gloo, istio)
      t.equal(verdict.auto === undefined, why !== undefined)
      if (why) t.match(verdict.why, why)
      else t.equal(verdict.why, undefined)
      t.strictSame(
        verdict.modes.map(({ mode }) => mode),
        MODE_NAMES,
        'every mode is judged',
      )
    },
  )

t.test('what cannot be told is not a no', async t => {
  const fits = (gloo: string, istio: string) =>
    verdictOn(gloo, istio).modes.find(({ mode }) => mode === 'citadel-files')?.fits
  t.equal(fits('1.9', '1.4'), undefined)
  t.equal(fits('1.9', '1.5'), false)
  t.equal(fits('latest', '1.4'), undefined)
  t.equal(fits('1.9.7', '1.4'), true)
})
