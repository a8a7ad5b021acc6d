import { t } from 'tap'
import { CONTROL_PLANE_CHECKS } from '../../src/core/check-istio.ts'
import {
  adding,
  editing,
  merged,
  type Row,
  type Spoils,
  testRows,
  without,
} from '../harness/evidence.ts'
import { gatewayProxy } from '../harness/live.ts'

const onIstiod = (change: Parameters<typeof merged>[1]) =>
  editing('Deployment', one => merged(one, change), 'istiod')
const image = (name: string) =>
  onIstiod({ spec: { template: { spec: { containers: [{ name: 'discovery', image: name }] } } } })
const gone: Spoils = {
  before: objects =>
    objects.filter(({ metadata }) => Reflect.get(Object(metadata), 'name') !== 'istiod'),
}
const told = (istioNamespace: string) => [
  { namespace: istioNamespace, name: 'istio', istioNamespace, mode: 'auto' as const },
]

const rows: readonly Row[] = [
  ['istio-control-plane', {}, 'passed', 'istio-system.istio'],
  [
    'istio-control-plane',
    gone,
    'failed',
    /^istio-system: no mesh is configured, and .*\[NoMeshFound\]$/,
  ],
  [
    'istio-control-plane',
    { meshes: told('elsewhere') },
    'failed',
    'no control plane runs here for mesh elsewhere.istio',
  ],
  ['istio-ready', {}, 'passed', 'istio-system/istiod'],
  ['istio-ready', gone, 'skipped', 'none is found'],
  [
    'istio-ready',
    { before: onIstiod({ status: { availableReplicas: 0 } }) },
    'failed',
    'not ready',
  ],
  ['istio-ready', { before: onIstiod({ spec: { replicas: 0 } }) }, 'skipped', 'none is found'],
  ['istio-version', {}, 'passed', 'istio-system.istio: Istio 1.22.3'],
  ['istio-version', gone, 'skipped', 'no mesh'],
  [
    'istio-version',
    { before: image('docker.io/istio/pilot:latest') },
    'failed',
    /of mesh istio-system.istio is unknown.*\[IstioVersionUnknown\]$/,
  ],
  ['istio-matrix', {}, 'passed', 'mode istio-agent'],
  ['istio-matrix', gone, 'skipped', 'no mesh'],
  ['istio-matrix', { before: without('Upstream'), after: drop }, 'skipped', 'no proxy'],
  [
    'istio-matrix',
    { before: adding(gatewayProxy('1.4.0', 'old')) },
    'failed',
    /^no certificates of Istio 1.22.3 reach Gloo 1.4.0.*\[NoModeFits\]$/,
  ],
  ['istio-mesh-config', {}, 'passed', 'istio-system/istio'],
  ['istio-mesh-config', gone, 'skipped', 'no control plane'],
  ['istio-mesh-config', { before: without('ConfigMap') }, 'warning', 'istio-system/istio is not'],
  [
    'istio-mesh-config',
    { more: { unseen: { 'meshConfig istio-system/istio': 'no right' } } },
    'skipped',
    /^no right$/,
  ],
]

function drop(objects: readonly Parameters<typeof merged>[1][]) {
  return objects.filter(({ metadata }) => Reflect.get(Object(metadata), 'name') !== 'gateway-proxy')
}

testRows(t, CONTROL_PLANE_CHECKS, rows)
