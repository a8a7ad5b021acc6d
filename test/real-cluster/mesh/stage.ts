import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { MeshAuthority } from '../../../certs/mesh.ts'
import { manifest } from '../../demo/stage.ts'
import { skipUnless } from '../../parts/parts.ts'
import { startDiscovery } from '../../stand-ins/gloo-discovery.ts'
import { type RealCluster, requireCluster, skipWithoutCluster } from '../cluster.ts'
import { must, RELEASE } from '../release.ts'
import { GLOO, IMAGE_NAMES, ISTIO, writeImages } from './images.ts'
import { type Administrator, administer } from './kubectl.ts'
import { type Reach, reachOf } from './reach.ts'

export const GLOO_SYSTEM = 'gloo-system'
export const MESHED = 'bookinfo'
export const UPSTREAM = 'bookinfo-details-9080'

const NAMESPACES = [RELEASE, MESHED, GLOO_SYSTEM, 'istio-system']
/** Roles and bindings of Istio, and of Gloo's discovery. */
const CLUSTER_WIDE = ['istiod', 'gloo-upstreams', `gloo-upstreams.${GLOO_SYSTEM}`]

export interface StageOptions {
  /** Version that the gateway's image tells, and by which Gloo translates. Default: today's. */
  readonly gloo?: string
  /** What Istio signs with. Default: an authority that it makes itself. */
  readonly authority?: MeshAuthority
}

export interface Stage extends Administrator {
  readonly cluster: RealCluster
  readonly dir: string
  readonly reach: Reach
  /** The gateway, for every ready pod of it. */
  readonly gateway: string
}

/** Those that no node of the cluster has. */
const missingImages = async ({ kubectl }: RealCluster): Promise<readonly string[]> => {
  const path = 'jsonpath={.items[*].status.images[*].names}'
  const present = await must(kubectl, 'get', 'nodes', '-o', path)
  return IMAGE_NAMES.filter(name => !present.includes(name))
}

const skipWithoutImages = async (): Promise<string | false> => {
  const cluster = requireCluster()
  if (cluster.node !== undefined) return skipUnless('istio', 'envoy')
  const missing = await missingImages(cluster)
  return (
    missing.length > 0 &&
    `needs images on the nodes, which npm run test:cluster -- --images FOLDER writes: ${missing.join(', ')}`
  )
}

/** Why there is no mesh to be had, or false: made for tap's option `skip`. */
export const skipWithoutMesh = async (): Promise<string | false> =>
  skipWithoutCluster() || skipWithoutImages()

const CRDS = ['upstream-crd', 'settings-crd', 'others-crds']

/** Leaves nothing, of an earlier suite or of one that was interrupted either. */
const clear = async ({ helm }: RealCluster, { must }: Administrator): Promise<void> => {
  // First of all: where its webhook is wanted but gone, nothing else could be written.
  await helm('uninstall', RELEASE, '-n', RELEASE, '--ignore-not-found')
  const remove = (...what: string[]) => must('delete', ...what, '--ignore-not-found')
  // They would answer whoever still asks, for as long as they may; nobody does.
  await remove('pods', '--all', '-n', RELEASE, '--force', '--grace-period=0')
  await remove('namespace', ...NAMESPACES, '--timeout=120s')
  await remove('clusterrole,clusterrolebinding', ...CLUSTER_WIDE)
  // Istio writes its root into every namespace, and leaves it there.
  await remove('configmap', '--all-namespaces', '-l', 'istio.io/config=true')
  for (const name of CRDS) await remove('-f', manifest(name))
}

const loadImages = async (cluster: RealCluster, dir: string) => {
  const { node } = cluster
  if (node === undefined || (await missingImages(cluster)).length === 0) return
  const folder = join(dir, 'images')
  mkdirSync(folder)
  await node.loadImage(await writeImages(folder))
  rmSync(folder, { recursive: true })
}

/** The Secret in which Istio keeps an authority of its own making (istio@1.22.3:security/pkg/pki/ca/ca.go). */
const authoritySecret = ({ root }: MeshAuthority) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'istio.io/ca-root',
  metadata: { name: 'istio-ca-secret', namespace: 'istio-system' },
  stringData: { 'ca-cert.pem': root.certPem, 'ca-key.pem': root.keyPem },
})

/** Answers where Istio is. */
const startIstio = async (admin: Administrator, authority?: MeshAuthority): Promise<string> => {
  if (authority !== undefined) {
    await admin.must('create', 'namespace', 'istio-system')
    await admin.applyObject('authority', authoritySecret(authority))
  }
  await admin.apply('istio', { ISTIO_TAG: ISTIO })
  await admin.rolledOut('istio-system', 'istiod')
  return admin.addressOf('istio-system', 'istiod')
}

const startGloo = async (admin: Administrator, istiod: string, version: string) => {
  await admin.must('create', 'namespace', GLOO_SYSTEM)
  const discovery = await startDiscovery({ kubeConfig: admin.kubeConfig })
  const versions = { GLOO_TAG: GLOO, PROXY_TAG: version }
  await admin.apply('gloo', versions)
  const gloo = await admin.addressOf(GLOO_SYSTEM, 'gloo')
  await admin.apply('gateway-proxy', {
    ...versions,
    ISTIOD_ADDRESS: istiod,
    GLOO_ADDRESS: gloo,
  })
  return discovery
}

/** A mesh with a service that takes STRICT mutual TLS, and a gateway without certificates; the product is not installed. */
export const setStage = async (
  t: Test,
  { gloo = GLOO, authority }: StageOptions = {},
): Promise<Stage> => {
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-mesh-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const cluster = requireCluster()
  const admin = administer(cluster, dir)
  t.teardown(() => admin.api.close())
  await Promise.all([clear(cluster, admin), loadImages(cluster, dir)])
  t.teardown(() => clear(cluster, admin))
  for (const name of CRDS) await admin.must('apply', '-f', manifest(name))
  const istiod = await startIstio(admin, authority)
  await admin.apply('details', { ISTIO_TAG: ISTIO, ISTIOD_ADDRESS: istiod })
  const discovery = await startGloo(admin, istiod, gloo)
  t.teardown(() => discovery.stop())
  await admin.rolledOut(GLOO_SYSTEM, 'gloo')
  await admin.rolledOut(GLOO_SYSTEM, 'gateway-proxy')
  await admin.rolledOut(MESHED, 'details-v1')
  const reach = await reachOf(t, cluster, admin, dir)
  const at = { namespace: GLOO_SYSTEM, name: 'gateway-proxy', port: 80 }
  return { ...admin, cluster, dir, reach, gateway: `${await reach.ofService(at)}/details/1` }
}
