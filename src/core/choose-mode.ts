import { holdsFor, MODE_NAMES, MODES, type Mode, type Pair, TRAITS } from './matrix.ts'
import { formatMeshRef } from './mesh.ts'
import { type Finding, finding } from './reasons.ts'
import type { Mesh } from './types.ts'
import { parseVersion, type Version } from './version.ts'

export interface Choice {
  readonly mode: Mode
  readonly pair: KnownPair
}

/** A pair of which the Gloo is known: without it nothing is decided. */
export interface KnownPair extends Pair {
  readonly gloo: Version
}

/** Modes whose shapes depend on Istio's version, so that a pin does not make up for not knowing it. */
const NEEDS_ISTIO: readonly Mode[] = ['node-agent-sds', 'istio-agent', 'agent-socket']

/**
 * The mode for a mesh, from the matrix and nothing else, or why there is none. Truth table:
 * mode of the mesh | Gloo    | Istio   | outcome
 * any              | unknown | any     | GlooVersionUnknown
 * auto             | known   | unknown | IstioVersionUnknown
 * auto             | known   | known   | first row that fits, else NoModeFits
 * pinned           | known   | unknown | the pin, taken at its word, where shapes allow it
 * pinned           | known   | known   | the pin if its row fits, else ModeDoesNotFit
 * In each, GlooVersionVague when the answer differs between patches of what is known.
 */
export const chooseMode = (mesh: Mesh, gloo: Version | undefined): Choice | Finding => {
  const istio = parseVersion(mesh.istioVersion)
  const name = formatMeshRef(mesh)
  if (gloo === undefined) return finding('GlooVersionUnknown', {})
  if (istio === undefined && (mesh.mode === 'auto' || NEEDS_ISTIO.includes(mesh.mode)))
    return finding('IstioVersionUnknown', { mesh: name })
  const pair = { gloo, istio }
  return mesh.mode === 'auto' ? automatic(pair) : pinned(mesh.mode, pair)
}

const AUTOMATIC = MODE_NAMES.filter(name => MODES[name].auto)

const automatic = (pair: KnownPair): Choice | Finding => {
  for (const mode of AUTOMATIC) {
    const answer = holdsFor(MODES[mode], pair)
    if (answer === undefined) return tooVague(pair)
    if (answer) return settled(mode, pair)
  }
  return finding('NoModeFits', { ...versionsOf(pair), wayOut: wayOut(pair) })
}

const pinned = (mode: Mode, pair: KnownPair): Choice | Finding => {
  const row = MODES[mode]
  const answer = holdsFor(pair.istio ? row : { ...row, istio: 'any' }, pair)
  if (answer === undefined) return tooVague(pair)
  if (answer) return settled(mode, pair)
  return finding('ModeDoesNotFit', {
    mode,
    ranges: `Gloo ${row.gloo} and Istio ${row.istio}`,
    ...versionsOf(pair),
  })
}

/** What the shapes of a mode hang on, and so must be told. */
const DECISIVE = ['alpn', 'sds-by-address'] as const

const settled = (mode: Mode, pair: KnownPair): Choice | Finding =>
  DECISIVE.some(trait => holdsFor(TRAITS[trait], pair) === undefined)
    ? tooVague(pair)
    : { mode, pair }

const tooVague = ({ gloo }: KnownPair): Finding => finding('GlooVersionVague', { gloo: gloo.text })

const versionsOf = ({ gloo, istio }: KnownPair) => ({
  gloo: gloo.text,
  istio: istio?.text ?? 'of unknown version',
})

/** The versions of either side that the other side would get on with, as the matrix has them. */
const wayOut = (pair: KnownPair): string => {
  const rows = AUTOMATIC.map(mode => MODES[mode])
  const gloo = rows.filter(row => holdsFor({ ...row, gloo: 'any' }, pair)).map(row => row.gloo)
  const istio = rows.filter(row => holdsFor({ ...row, istio: 'any' }, pair)).map(row => row.istio)
  const ofIstio = `Istio ${[...new Set(istio)].join(' or ')}`
  return gloo.length > 0 ? `Gloo ${[...new Set(gloo)].join(' or ')}, or ${ofIstio}` : ofIstio
}
