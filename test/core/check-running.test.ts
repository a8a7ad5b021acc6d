import { t } from 'tap'
import { RUNNING_CHECKS } from '../../src/core/check-running.ts'
import { at, lease, ownDeployment, ownPod, type Row, testRows } from '../harness/evidence.ts'

const running = (image: string) => ({
  objects: {
    releaseDeployments: [
      ownDeployment({ spec: { template: { spec: { containers: [{ image }] } } } }),
    ],
  },
})
const held = (spec: object) => ({ objects: { leases: [lease({ ...spec })] } })

const rows: readonly Row[] = [
  ['release-one-version', {}, 'passed', 'all pods run ghcr.io/gloo-istio/gloo-istio:0.1.0'],
  ['release-one-version', { objects: { releasePods: [] } }, 'skipped', 'no pods yet'],
  [
    'release-one-version',
    { objects: { releasePods: [ownPod('one', 'a:1'), ownPod('two', 'a:2')] } },
    'warning',
    '2 images: a:1, a:2',
  ],
  ['release-program-version', {}, 'passed', 'both 0.1.0'],
  ['release-program-version', { more: { program: '0.2.0' } }, 'warning', 'the release is 0.1.0'],
  ['release-program-version', running('registry:5000/gloo-istio@sha256:abc'), 'skipped', 'no tag'],
  [
    'release-program-version',
    running('registry:5000/gloo-istio:0.1.0@sha256:abc'),
    'passed',
    'both',
  ],
  ['release-rights', {}, 'passed', 'gloo-istio.gloo-istio gives'],
  ['release-rights', { objects: { roleBindings: [] } }, 'failed', 'is not there'],
  ['release-configuration', {}, 'passed', 'holds a valid configuration'],
  ['release-configuration', { objects: { releaseConfigMaps: [] } }, 'failed', 'is not there'],
  [
    'release-configuration',
    { more: { violations: ['config.yaml:3: stage: wrong'] } },
    'failed',
    'is broken: config.yaml:3: stage: wrong',
  ],
  ['release-stage', {}, 'passed', 'stage inject'],
  ['release-stage', { told: { stage: 'observe' } }, 'warning', 'stage observe'],
  ['release-lease', {}, 'passed', 'is held by pod-1'],
  ['release-lease', { objects: { leases: [] } }, 'skipped', 'nothing is reconciled'],
  ['release-lease', held({ holderIdentity: '' }), 'failed', 'is held by nobody'],
  ['release-lease-fresh', {}, 'passed', 'renewed 2 s ago'],
  ['release-lease-fresh', held({ renewTime: at(5) }), 'passed', 'renewed 0 s ago'],
  ['release-lease-fresh', held({ renewTime: at(-120) }), 'failed', 'last renewed 120 s ago'],
  [
    'release-lease-fresh',
    held({ renewTime: at(-25), leaseDurationSeconds: undefined }),
    'passed',
    'renewed 25 s ago',
  ],
  ['release-lease-fresh', held({ holderIdentity: '' }), 'skipped', 'held by nobody'],
]

testRows(t, RUNNING_CHECKS, rows)
