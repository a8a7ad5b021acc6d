import { type Check, counted, found, passed, skipped, unlessAny } from './check.ts'
import { upgrade } from './check-hooks.ts'
import { type UpstreamLook, upstreamsOf } from './check-look.ts'
import { snapshotOf } from './check-meshes.ts'
import { explain, NEEDS, NONE, standing, summed } from './check-standing.ts'
import { textAt } from './json.ts'
import { proxiesServing } from './proxies-serving.ts'
import type { Standing } from './upstream-report.ts'

/** Checks of how far Upstreams are. */

const STANDINGS: readonly Standing[] = [
  'mtls',
  'plain',
  'pending',
  'observed',
  'waiting',
  'kept',
  'refused',
]

const selected: Check = {
  id: 'upstreams-selected',
  title: 'some Upstream is selected',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    const all = upstreamsOf(evidence)
    if (all.length === 0) return skipped(NONE)
    const plain = standing(evidence, 'plain')
    if (plain.length === all.length)
      return found(
        `none of ${counted(all.length, 'Upstream')} is selected: all are plain text`,
        'select them: kubectl label namespace NAMESPACE gloo-istio.io/mtls=enabled; docs/guides/policy.md',
      )
    const counts = STANDINGS.map(one => [standing(evidence, one).length, one] as const)
    const parts = counts.filter(([count]) => count > 0).map(([count, one]) => `${count} ${one}`)
    return passed(`${counted(all.length, 'Upstream')}: ${parts.join(', ')}`)
  },
}

const served: Check = {
  id: 'upstreams-served',
  title: 'each Upstream has a proxy that sends requests to it',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    const snapshot = snapshotOf(evidence)
    const wanted = upstreamsOf(evidence).filter(({ report }) => report.standing !== 'plain')
    if (wanted.length === 0) return skipped('none is selected')
    return unlessAny(
      wanted
        .filter(({ report }) => proxiesServing(snapshot, report.namespace).length === 0)
        .map(({ place }) => place),
      'each has a proxy',
      names => `no proxy is known that serves ${names}`,
      'see that proxies have pods, and are not taken out by annotation gloo-istio.io/interlock',
    )
  },
}

const backlog: Check = {
  id: 'upstreams-backlog',
  title: 'nothing is left to be written',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    if (upstreamsOf(evidence).length === 0) return skipped(NONE)
    const due = standing(evidence, 'pending', 'observed')
    return due.length === 0
      ? passed('nothing is left to be written')
      : found(
          summed(due, 'to be written'),
          evidence.facts.stage === 'inject'
            ? 'the reconciler does it by itself; by hand: gloo-istio backfill --dry-run, then gloo-istio backfill'
            : `see gloo-istio backfill --dry-run, then: ${upgrade(evidence, ' --set stage=inject')}`,
        )
  },
}

/** A rollout of a proxy is over by then. */
const WAIT_MS = 10 * 60_000

const waiting: Check = {
  id: 'upstreams-waiting',
  title: 'no Upstream waits for its proxy',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    if (upstreamsOf(evidence).length === 0) return skipped(NONE)
    const all = standing(evidence, 'waiting')
    if (all.length === 0) return passed('no Upstream waits')
    const isLong = ({ upstream }: UpstreamLook) =>
      evidence.now - evidence.readTime(textAt(upstream, 'metadata', 'creationTimestamp')) > WAIT_MS
    const long = all.filter(isLong)
    return found(
      long.length > 0 ? summed(long, 'older than 10 minutes, and waiting') : summed(all, 'waiting'),
      `${explain(all)}; have the proxy rolled out; one that shall not count: annotation gloo-istio.io/interlock=disabled`,
      long.length > 0 ? 'failed' : 'warning',
    )
  },
}

export const UPSTREAM_CHECKS: readonly Check[] = [selected, served, backlog, waiting]
