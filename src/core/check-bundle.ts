import { type Check, found, listed, passed, skipped, unlessAny } from './check.ts'
import { renewHint } from './check-authority.ts'
import type { CertificateSeen } from './check-evidence.ts'
import { DAYS_MIN, longestLife, shortestLife } from './check-life.ts'
import { logsOf } from './check-look.ts'
import { field, fieldAt, items, textAt } from './json.ts'

/** Checks of what the API server trusts, and of certificates that others make. */

const bundleSet: Check = {
  id: 'webhook-ca-bundle',
  title: 'the API server knows whom to trust',
  severity: 'failed',
  when: 'after',
  needs: ['mutatingWebhooks'],
  run: evidence => {
    const { bundles } = evidence
    if (bundles.length === 0) return skipped('the webhook is not registered')
    const broken = bundles.filter(({ certificates }) => certificates.length === 0)
    return unlessAny(
      broken.map(({ place, isThere }) => (isThere ? `${place} (no certificate in it)` : place)),
      'each caBundle holds certificates',
      names => `without a caBundle the API server trusts nobody: ${names}`,
      `the process fills it within a second while it runs; see why it does not: ${logsOf(evidence)}`,
    )
  },
}

const bundleLife: Check = {
  id: 'webhook-ca-bundle-life',
  title: 'what the API server trusts is valid',
  severity: 'failed',
  when: 'after',
  needs: ['mutatingWebhooks'],
  run: evidence => {
    const { authority, bundles, now } = evidence
    const filled = bundles.filter(({ certificates }) => certificates.length > 0)
    if (filled.length === 0) return skipped('there is no caBundle')
    const over = filled.filter(({ certificates }) => longestLife(certificates, now) < 0)
    if (over.length > 0)
      return found(
        `no certificate is valid now in the caBundle of ${listed(over.map(({ place }) => place))}`,
        renewHint(evidence),
      )
    const days = Math.min(...filled.map(({ certificates }) => longestLife(certificates, now)))
    // An authority of ours is looked at by its own check.
    return days >= DAYS_MIN || authority !== undefined
      ? passed(`valid for ${days} more days`)
      : found(`valid for ${days} more days only`, renewHint(evidence), 'warning')
  },
}

const printsOf = (certificates: readonly CertificateSeen[]) =>
  certificates.map(({ fingerprint }) => fingerprint)

const bundleMatches: Check = {
  id: 'webhook-ca-bundle-matches',
  title: 'the API server trusts the authority that signs',
  severity: 'failed',
  when: 'after',
  needs: ['mutatingWebhooks', 'authority'],
  run: ({ authority, bundles }) => {
    if (authority === undefined || authority.current.length === 0)
      return skipped('there is no authority of the replicas to compare it with')
    const wanted = printsOf(authority.current)
    const strange = bundles.filter(
      ({ certificates }) => !wanted.every(print => printsOf(certificates).includes(print)),
    )
    return unlessAny(
      strange.map(({ place }) => place),
      `each caBundle holds the authority of ${authority.place}`,
      names => `the authority of ${authority.place} is not in the caBundle of ${names}`,
      'the process mends it within a second while it runs: see that its pods are ready, and its log',
    )
  },
}

const servingLife: Check = {
  id: 'serving-certificate',
  title: 'the serving certificate that is mounted is valid',
  severity: 'failed',
  when: 'after',
  needs: ['servingSecret'],
  run: ({ serving, now }) => {
    if (serving === undefined) return skipped('each process makes its own, and renews it')
    const { place, isThere, certificates } = serving
    if (certificates.length === 0)
      return found(
        isThere ? `${place} holds no certificate in tls.crt` : `${place} is not there`,
        'make it: kubectl create secret tls, or see why cert-manager does not: kubectl describe certificates -A',
      )
    const days = shortestLife(certificates.slice(0, 1), now)
    return days < 0
      ? found(`the certificate of ${place} is not valid now`, 'have whoever issued it renew it')
      : passed(`${place} is valid for ${days} more days`)
  },
}

const certManager: Check = {
  id: 'cert-manager',
  title: 'cert-manager has made the certificates',
  severity: 'failed',
  when: 'after',
  needs: ['managedCertificates'],
  run: ({ objects, release }) => {
    if (objects.managedCertificates.length === 0)
      return skipped('cert-manager does not make the certificates')
    const isReady = (certificate: unknown) =>
      items(fieldAt(certificate, 'status', 'conditions')).some(
        condition => field(condition, 'type') === 'Ready' && field(condition, 'status') === 'True',
      )
    return unlessAny(
      objects.managedCertificates
        .filter(one => !isReady(one))
        .map(one => textAt(one, 'metadata', 'name')),
      'each Certificate is ready',
      names => `not ready: Certificate ${names}`,
      `kubectl describe certificates,certificaterequests -n ${release.namespace}`,
    )
  },
}

export const BUNDLE_CHECKS: readonly Check[] = [
  bundleSet,
  bundleLife,
  bundleMatches,
  servingLife,
  certManager,
]
