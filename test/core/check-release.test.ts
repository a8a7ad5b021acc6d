import { t } from 'tap'
import { RELEASE_CHECKS } from '../../src/core/check-release.ts'
import { ownDeployment, ownPod, type Row, registeredWith, testRows } from '../harness/evidence.ts'

const deployed = (more: object) => ({
  objects: { releaseDeployments: [ownDeployment({ ...more })] },
})
const outside = {
  objects: {
    releaseDeployments: [],
    mutatingWebhooks: [registeredWith({ clientConfig: { url: 'https://example.com/mutate' } })],
  },
}
const one = deployed({ spec: { replicas: 1 }, status: { availableReplicas: 1 } })
const other = { namespace: 'other', name: 'gloo-istio' }

const rows: readonly Row[] = [
  ['release-deployment', {}, 'passed', /^Deployment gloo-istio\/gloo-istio is there$/],
  [
    'release-deployment',
    { more: { releases: [other, other] } },
    'passed',
    'the first of 2: name another by --namespace',
  ],
  [
    'release-deployment',
    { objects: { releaseDeployments: [] } },
    'failed',
    'no Deployment of gloo-istio is in namespace gloo-istio',
  ],
  ['release-deployment', outside, 'skipped', 'outside of the cluster'],
  ['release-ready', {}, 'passed', '2 pods ready'],
  ['release-ready', outside, 'skipped', 'outside of the cluster'],
  ['release-ready', deployed({ status: { availableReplicas: 1 } }), 'failed', '1 of 2 pods ready'],
  [
    'release-ready',
    deployed({ status: { availableReplicas: undefined } }),
    'failed',
    '0 of 2 pods',
  ],
  ['release-ready', deployed({ spec: { replicas: 0 } }), 'failed', '2 of 0 pods'],
  ['release-restarts', {}, 'passed', 'no pod was started'],
  [
    'release-restarts',
    { objects: { releasePods: [ownPod('one', 'image', 6)] } },
    'warning',
    'anew: gloo-istio/one',
  ],
  ['release-replicas', {}, 'passed', '2 replicas'],
  ['release-replicas', one, 'warning', 'there is one replica'],
  ['release-disruption-budget', {}, 'passed', 'gloo-istio/gloo-istio is there'],
  ['release-disruption-budget', one, 'skipped', 'with one replica'],
  [
    'release-disruption-budget',
    { objects: { disruptionBudgets: [] } },
    'warning',
    'no PodDisruptionBudget',
  ],
]

testRows(t, RELEASE_CHECKS, rows)
