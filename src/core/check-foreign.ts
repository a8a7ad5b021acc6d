import { type Check, found, passed, skipped } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { type UpstreamLook, upstreamsOf } from './check-look.ts'
import { explain, NEEDS, NONE, standing, summed } from './check-standing.ts'
import type { Reason } from './reasons.ts'
import { viewUpstream } from './upstream.ts'

/** Checks of Upstreams that somebody else has a hand in. */

const refused: Check = {
  id: 'upstreams-refused',
  title: 'no Upstream that is selected is refused',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    if (upstreamsOf(evidence).length === 0) return skipped(NONE)
    const all = standing(evidence, 'refused')
    return all.length === 0
      ? passed('no Upstream that is selected is refused')
      : found(summed(all, 'refused'), explain(all))
  },
}

const withReason = (evidence: Evidence, reason: Reason): readonly UpstreamLook[] =>
  upstreamsOf(evidence).filter(({ report }) => report.reason === reason)

/** The command by which the sslConfig of the first of them goes. */
const removal = (looks: readonly UpstreamLook[]): string =>
  looks
    .slice(0, 1)
    .map(({ upstream, report: { namespace, name } }) => {
      const path = `/${viewUpstream(upstream).field.replaceAll('.', '/')}/sslConfig`
      const patch = JSON.stringify([{ op: 'remove', path }])
      return `kubectl patch upstream ${name} -n ${namespace} --type=json -p '${patch}'`
    })
    .join('')

const kept: Check = {
  id: 'upstreams-kept',
  title: 'no sslConfig of somebody else stands in the way',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    if (upstreamsOf(evidence).length === 0) return skipped(NONE)
    const all = withReason(evidence, 'SslConfigKept')
    return all.length === 0
      ? passed('no sslConfig of somebody else stands in the way')
      : found(
          summed(all, 'selected, with an sslConfig of somebody else'),
          `remove it to use the mesh: ${removal(all)}; or keep it, by annotation gloo-istio.io/mtls=disabled`,
        )
  },
}

const drift: Check = {
  id: 'upstreams-drift',
  title: 'nobody changed what was written',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    if (upstreamsOf(evidence).length === 0) return skipped(NONE)
    const all = withReason(evidence, 'SslConfigChanged')
    return all.length === 0
      ? passed('all that was written is as it was')
      : found(
          summed(all, 'changed after they were written'),
          `have it anew: ${removal(all)}; or keep it, by annotation gloo-istio.io/mtls=disabled`,
        )
  },
}

export const FOREIGN_CHECKS: readonly Check[] = [refused, kept, drift]
