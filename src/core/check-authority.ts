import { type Check, found, passed, skipped } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { DAYS_MIN, isDue, shortestLife } from './check-life.ts'
import { logsOf } from './check-look.ts'

/** Checks of the authority that replicas share. */

export const renewHint = ({ release, authority }: Evidence): string =>
  authority === undefined
    ? 'renew it where it comes from, and see that the new authority is in the caBundle'
    : `have it rotated: kubectl annotate secret ${authority.place.split('/')[1]} -n ${release.namespace} --overwrite gloo-istio.io/rotate-before=$(date -u +%Y-%m-%dT%H:%M:%SZ)`

const authorityThere: Check = {
  id: 'authority-secret',
  title: 'replicas share an authority that can sign',
  severity: 'failed',
  when: 'after',
  needs: ['authority'],
  run: evidence => {
    const { authority } = evidence
    if (authority === undefined) return skipped('certificates come from elsewhere')
    const { place, isThere, problem } = authority
    if (problem === undefined) return passed(`${place} holds an authority that can sign`)
    return found(
      isThere ? `${place}: ${problem}` : `${place} is not there`,
      `the process makes it anew within a second while it runs: ${logsOf(evidence)}`,
    )
  },
}

const authorityLife: Check = {
  id: 'authority-life',
  title: 'the authority lives 60 days or is being replaced',
  severity: 'warning',
  when: 'after',
  needs: ['authority'],
  run: evidence => {
    const { authority, now } = evidence
    if (authority === undefined || authority.current.length === 0)
      return skipped('there is no authority of the replicas')
    const days = shortestLife(authority.current, now)
    if (days < 0) return found(`${authority.place} is not valid now`, renewHint(evidence), 'failed')
    if (days >= DAYS_MIN || !authority.current.some(one => isDue(one, now)))
      return passed(`valid for ${days} more days, and replaced before`)
    return authority.next.length > 0
      ? passed(`valid for ${days} more days, and the next one is trusted already`)
      : found(`valid for ${days} more days only, and no next one is there`, renewHint(evidence))
  },
}

/** A rotation takes a minute: what is in the middle of it for an hour does not go on. */
const STUCK_MS = 3_600_000

const rotation: Check = {
  id: 'authority-rotation',
  title: 'no rotation of the authority hangs',
  severity: 'warning',
  when: 'after',
  needs: ['authority'],
  run: evidence => {
    const { authority, now } = evidence
    if (authority === undefined) return skipped('certificates come from elsewhere')
    const [next] = authority.next
    if (next === undefined)
      return passed(
        authority.former.length > 0
          ? 'rotated lately: the former authority is still trusted'
          : 'none is going on',
      )
    return now - next.notBefore < STUCK_MS
      ? passed('one is going on: the next authority is trusted, and will sign')
      : found(
          'the next authority is trusted for more than an hour, and does not sign yet',
          logsOf(evidence),
        )
  },
}

export const AUTHORITY_CHECKS: readonly Check[] = [authorityThere, authorityLife, rotation]
