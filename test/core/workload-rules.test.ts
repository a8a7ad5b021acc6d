import { t } from 'tap'
import { volumeNameOf } from '../../src/core/certificate-paths.ts'
import type { Write } from '../../src/core/decision.ts'
import { formatMeshRef } from '../../src/core/mesh.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { decideWorkload } from '../../src/core/workload-rules.ts'
import { facts, mesh, requestOf } from '../harness/build.ts'
import { ENVOY, envoyWith, gatewayProxy, type Shape } from '../harness/workloads.ts'

const A = mesh('team-a.istio')
const B = mesh('team-b.istio')
const NEW = mesh('team-n.istio', { istioVersion: '1.22.0' })
const ALL = facts(A, B, NEW)

const decide = (shape: Shape, known: Facts = ALL) =>
  decideWorkload(requestOf(gatewayProxy(shape)) as Write, known)

const inject = (value: unknown) => ({ annotations: { 'gloo-istio.io/inject': value } })
const meshes = (value: unknown) => ({ annotations: { 'gloo-istio.io/meshes': value } })
const secret = (name: string, secretName = 'istio.default') => ({ name, secret: { secretName } })
const at = (path: string, volume: JsonObject) => ({
  containers: [envoyWith('mine', path)],
  volumes: [volume],
})
const FOLDER = '/etc/certs/team-a/istio'
const mine = { name: 'mine', emptyDir: {} }

// shape | facts | reason | meshes mounted | further notices
const cases: readonly [string, Shape, Facts, string, string, readonly string[]][] = [
  ['another workload', { labels: {} }, ALL, 'NotGatewayProxy', '', []],
  ['opted out', inject('disabled'), ALL, 'OptedOut', '', []],
  ['opted out by a slip', inject('no'), ALL, 'InvalidAnnotation', '', []],
  ['opted in', inject('enabled'), ALL, 'CertificatesMounted', 'team-a.istio team-b.istio', []],
  ['no Envoy', { containers: [] }, ALL, 'EnvoyContainerNotFound', '', []],
  ['volumes that are no list', { podSpec: { volumes: 'x' } }, ALL, 'InvalidSpec', '', []],
  [
    'mounts that are no list',
    { containers: [{ ...ENVOY, volumeMounts: {} }] },
    ALL,
    'InvalidSpec',
    '',
    [],
  ],
  [
    'volumes that are null',
    { podSpec: { volumes: null } },
    facts(A),
    'CertificatesMounted',
    'team-a.istio',
    [],
  ],
  ['every mesh that has files', {}, ALL, 'CertificatesMounted', 'team-a.istio team-b.istio', []],
  ['no mesh', {}, facts(), 'NothingToMount', '', []],
  ['no mesh with files', {}, facts(NEW), 'NothingToMount', '', []],
  [
    'narrowed',
    meshes(' team-b.istio , team-b.istio'),
    ALL,
    'CertificatesMounted',
    'team-b.istio',
    [],
  ],
  ['narrowed by a slip', meshes(''), ALL, 'MalformedMeshReference', '', []],
  ['narrowed by what is no text', meshes(3), ALL, 'MalformedMeshReference', '', []],
  [
    'narrowed to some that are none',
    meshes('team-a.istio,x,x.y,team-n.istio'),
    ALL,
    'CertificatesMounted',
    'team-a.istio',
    ['MalformedMeshReference', 'UnknownMesh', 'MeshHasNoFiles'],
  ],
  ['narrowed to none', meshes('x,x.y'), ALL, 'MalformedMeshReference', '', ['UnknownMesh']],
  ['its own mount at our path', at(FOLDER, mine), facts(A), 'MountPathTaken', '', []],
  ['its own mount around ours', at('/etc', mine), facts(A), 'MountPathTaken', '', []],
  ['its own mount inside ours', at(`${FOLDER}/x`, mine), facts(A), 'MountPathTaken', '', []],
  [
    'its own mount beside ours',
    at(`${FOLDER}-2`, mine),
    facts(A),
    'CertificatesMounted',
    'team-a.istio',
    [],
  ],
  ['its own mount of the Secret', at(FOLDER, secret('mine')), facts(A), 'AlreadyMounted', '', []],
  [
    'its own mount of another Secret',
    at(FOLDER, secret('mine', 'x')),
    facts(A),
    'MountPathTaken',
    '',
    [],
  ],
  [
    'our volume name taken',
    { volumes: [{ name: volumeNameOf(A) }] },
    facts(A),
    'VolumeNameTaken',
    '',
    [],
  ],
  [
    'our volume without its mount',
    { volumes: [secret(volumeNameOf(A))] },
    facts(A),
    'CertificatesMounted',
    'team-a.istio',
    [],
  ],
  [
    'one mesh taken, one free',
    at(FOLDER, mine),
    ALL,
    'CertificatesMounted',
    'team-b.istio',
    ['MountPathTaken'],
  ],
]
for (const [title, shape, known, reason, mounted, notices] of cases)
  t.test(`${title} is ${reason}`, async t => {
    const decision = decide(shape, known)
    t.equal(decision.finding.reason, reason)
    t.strictSame(
      decision.notices.map(notice => notice.reason),
      notices,
    )
    const names = decision.kind === 'mount-certificates' ? decision.meshes.map(formatMeshRef) : []
    t.equal(names.join(' '), mounted)
  })

t.test('an annotation full of slips is answered in brief', async t => {
  const references = Array.from({ length: 30_000 }, (_, index) => `x.${index}`).join(',')
  const { finding, notices } = decide(meshes(references))
  t.equal(finding.reason, 'UnknownMesh')
  t.equal(notices.length, 4)
})
