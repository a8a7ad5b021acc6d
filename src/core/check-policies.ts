import { type Check, unlessAny } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { upstreamsOf } from './check-look.ts'
import { destinationsOf } from './destination-services.ts'
import { mtlsModeOf } from './mtls-mode.ts'

/** Checks of Istio's policies against what is selected. */

/** Reasons by which policies of Istio and what is wanted get into each other's way. */
const CONFLICTS = ['PlaintextDestination', 'MixedSidecarsStrict', 'AmbientDestination'] as const

const policies: Check = {
  id: 'istio-policies',
  title: 'Istio’s policies and what is selected agree',
  severity: 'warning',
  needs: ['upstreams', 'peerAuthentications', 'policies', 'meshPolicies', 'pods'],
  run: evidence =>
    unlessAny(
      upstreamsOf(evidence)
        .filter(({ report }) => CONFLICTS.some(reason => reason === report.reason))
        .map(({ place, report }) => `${place}: ${report.message} [${report.reason}]`),
      'no Upstream is selected against a policy',
      names => names,
      'mend the PeerAuthentication or the selection: gloo-istio explain upstream NAMESPACE/NAME',
    ),
}

const strictLeftPlain: Check = {
  id: 'istio-strict',
  title: 'no workload that takes mutual TLS alone is sent plain text',
  severity: 'warning',
  needs: ['upstreams', 'peerAuthentications', 'policies', 'meshPolicies', 'services', 'pods'],
  run: evidence =>
    unlessAny(
      plainToStrict(evidence),
      'no workload in STRICT mode is sent plain text',
      names => `requests to ${names} are refused: mode STRICT, and no mutual TLS`,
      'select them: kubectl label namespace NAMESPACE gloo-istio.io/mtls=enabled',
    ),
}

const plainToStrict = (evidence: Evidence): readonly string[] => {
  const { facts } = evidence
  const roots = facts.meshes.map(
    ({ rootNamespace, istioNamespace }) => rootNamespace ?? istioNamespace,
  )
  return upstreamsOf(evidence)
    .filter(({ report }) => report.standing === 'plain')
    .filter(({ upstream }) =>
      destinationsOf(upstream, facts.clusterDomain).some(
        destination => mtlsModeOf(facts.snapshot, roots, destination)?.mode === 'STRICT',
      ),
    )
    .map(({ place }) => place)
}

export const POLICY_CHECKS: readonly Check[] = [policies, strictLeftPlain]
