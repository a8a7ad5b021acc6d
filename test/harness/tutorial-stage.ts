import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { V1Deployment } from '@kubernetes/client-node'
import { createMeshAuthority } from '../../certs/mesh.ts'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import { NAMESPACE } from '../demo/stage.ts'
import { type ControlPlane, startControlPlane } from '../parts/control-plane.ts'
import { startIstiod } from '../parts/istiod.ts'
import { requirePart } from '../parts/parts.ts'
import { freePort } from '../parts/ports.ts'
import { CLI } from '../parts/program.ts'
import { startDetails } from '../stand-ins/details.ts'
import { startDiscovery } from '../stand-ins/gloo-discovery.ts'
import { startHookRunner } from '../stand-ins/hook-runner.ts'
import { joinNode, placePod, startPortForwarding } from '../stand-ins/kubelet-port-forward.ts'
import { LOOPBACK_SERVICES, startWebhookPod } from '../stand-ins/webhook-pod.ts'
import { type Pods, startWorkloads } from '../stand-ins/workload-runner.ts'
import { connectTo, type Live, pod } from './live.ts'
import { startAdmin } from './tutorial-admin.ts'
import { GATEWAY_POD, gatewayRunner, NODE } from './tutorial-gateway.ts'
import { installOthers } from './tutorial-install.ts'

const GLOO = '1.22.1'
/** Of Gloo's Envoys, in the pod. */
const ADMIN_PORT = 19_000

export interface TutorialStage {
  /** For the shell of a reader: gloo-istio, kubectl and helm are on its path, and find the cluster. */
  readonly env: NodeJS.ProcessEnv
  /** What the stand-ins could not do. */
  readonly troubles: readonly string[]
}

/** Programs of a reader, by the names that the page calls them. */
const programsIn = (dir: string): string => {
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  const script = join(bin, 'gloo-istio')
  writeFileSync(script, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`)
  chmodSync(script, 0o755)
  symlinkSync(requirePart('kubectl').kubectl, join(bin, 'kubectl'))
  symlinkSync(requirePart('helm').helm, join(bin, 'helm'))
  return bin
}

const startKubelet = async (live: Live, admin: number) => {
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'kubelet of a test', ...life })
  const names = { commonName: 'kubelet', ipAddresses: ['127.0.0.1'] }
  const serving = await issueCertificate(authority, { ...names, usages: ['serverAuth'], ...life })
  const kubelet = await startPortForwarding({
    serving,
    portOf: (at, port) => (at.pod === GATEWAY_POD && port === ADMIN_PORT ? admin : undefined),
  })
  await joinNode(live.api, NODE, kubelet.port)
  return kubelet
}

/** A pod as Istio's injector leaves it; who answers in its place is there already. */
const placeDetails = async (live: Live): Promise<Pods> => {
  await live.create(pod('default', 'details', { serviceAccount: 'bookinfo-details' }))
  return { stop: () => live.remove('Pod', 'default', 'details-1') }
}

const RELEASE = { namespace: 'gloo-istio', fullName: 'gloo-istio' }

/** The pods of the release, and one process in their place. */
const runRelease = async (
  { controlPlane, live, dir }: { controlPlane: ControlPlane; live: Live; dir: string },
  deployment: V1Deployment,
): Promise<Pods> => {
  const process = await startWebhookPod(controlPlane, RELEASE, dir)
  const { namespace: inside, fullName } = RELEASE
  for (const at of [1, 2])
    await placePod(live.api, deployment, { name: `${fullName}-${at}`, node: NODE })
  await live.api.request({
    method: 'POST',
    path: `/apis/discovery.k8s.io/v1/namespaces/${inside}/endpointslices`,
    body: {
      metadata: { name: fullName, labels: { 'kubernetes.io/service-name': fullName } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }],
      ports: [{ name: 'https', port: 10250 }],
    },
  })
  return { stop: process.stop }
}

/** A cluster with Istio and Gloo in it, which goes on living by stand-ins; `atEnd` hears how to end it. */
export const setTutorialStage = async (
  dir: string,
  atEnd: (end: () => unknown) => void,
): Promise<TutorialStage> => {
  const controlPlane = await startControlPlane({
    dir: join(dir, 'control-plane'),
    extraArgs: [LOOPBACK_SERVICES],
  })
  atEnd(controlPlane.stop)
  const live = connectTo(controlPlane)
  atEnd(() => live.api.close())
  const ports = { http: await freePort(), admin: await freePort() }
  await installOthers(controlPlane, live, { dir, gloo: GLOO, port: ports.http })

  const mesh = await createMeshAuthority('cluster.local', new Date())
  const details = await startDetails(mesh, { serviceAccount: 'bookinfo-details' })
  atEnd(details.close)
  const real = await startIstiod({ controlPlane, dir: join(dir, 'istiod'), authority: mesh.root })
  atEnd(real.stop)
  const addresses = {
    'istiod.istio-system.svc:15012': real.discoveryAddress,
    // Another test may have the real one.
    '127.0.0.1:8234': `127.0.0.1:${await freePort()}`,
  }
  const admin = await startAdmin(ports.admin, addresses)
  atEnd(admin.stop)
  atEnd((await startKubelet(live, admin.port)).stop)
  const runGateway = gatewayRunner({
    controlPlane,
    live,
    dir,
    gloo: GLOO,
    ports,
    details: details.port,
    addresses,
  })
  const discovery = await startDiscovery({ kubeConfig: live.kubeConfig })
  atEnd(discovery.stop)
  const hooks = startHookRunner({ controlPlane, dir })
  atEnd(hooks.stop)

  const workloads = startWorkloads(live.api, [
    { namespace: NAMESPACE, name: 'gateway-proxy', run: runGateway },
    { namespace: 'default', name: 'details-v1', run: () => placeDetails(live) },
    // It runs already, beside the cluster.
    { namespace: 'istio-system', name: 'istiod', run: async () => ({ stop: () => {} }) },
    {
      ...RELEASE,
      name: RELEASE.fullName,
      run: found => runRelease({ controlPlane, live, dir }, found),
    },
  ])
  atEnd(workloads.stop)
  const { PATH = '' } = process.env
  const path = `${programsIn(dir)}:${PATH}`
  const env = { ...process.env, KUBECONFIG: controlPlane.kubeconfig, PATH: path, NO_COLOR: '1' }
  return { env, troubles: workloads.troubles }
}
