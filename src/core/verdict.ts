import { chooseMode } from './choose-mode.ts'
import { holdsFor, MODE_NAMES, MODES, type Mode, type Pair } from './matrix.ts'
import { isFinding } from './reasons.ts'
import type { Mesh } from './types.ts'
import { parseVersion } from './version.ts'

/** What the matrix says of one pair of versions. */
export interface Verdict {
  /** What `mode: auto` takes; undefined when it refuses. */
  readonly auto: Mode | undefined
  /** Why it refuses. */
  readonly why: string | undefined
  readonly modes: readonly { readonly mode: Mode; readonly fits: boolean | undefined }[]
}

export const verdictOn = (gloo: string, istio: string): Verdict => {
  const pair: Pair = { gloo: parseVersion(gloo), istio: parseVersion(istio) }
  const chosen = chooseMode(anyMesh(istio), pair.gloo)
  return {
    auto: isFinding(chosen) ? undefined : chosen.mode,
    why: isFinding(chosen) ? chosen.message : undefined,
    modes: MODE_NAMES.map(mode => ({ mode, fits: holdsFor(MODES[mode], pair) })),
  }
}

const anyMesh = (istioVersion: string): Mesh => ({
  namespace: 'istio-system',
  name: 'istio',
  istioVersion,
  istioNamespace: 'istio-system',
  trustDomain: 'cluster.local',
  mode: 'auto',
})
