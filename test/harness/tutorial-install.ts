import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifest, must, NAMESPACE } from '../demo/stage.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { istiod, type Live, namespace } from './live.ts'

/** Gloo's Service, with a load balancer that leads to this machine. */
const balance = async (live: Live, port: number): Promise<void> => {
  await live.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: NAMESPACE, name: 'gateway-proxy', labels: { gloo: 'gateway-proxy' } },
    spec: {
      type: 'LoadBalancer',
      selector: { gloo: 'gateway-proxy', 'gateway-proxy-id': 'gateway-proxy' },
      ports: [{ name: 'http', port, targetPort: 8080 }],
    },
  })
  await live.api.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${NAMESPACE}/services/gateway-proxy/status`,
    body: { status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } } },
    contentType: 'application/merge-patch+json',
  })
}

const settings = (dir: string): string => {
  const file = join(dir, 'settings.json')
  const metadata = { namespace: NAMESPACE, name: 'default' }
  const found = { apiVersion: 'gloo.solo.io/v1', kind: 'Settings', metadata, spec: {} }
  writeFileSync(file, JSON.stringify(found))
  return file
}

interface Others {
  /** For files. */
  readonly dir: string
  /** Version of Gloo. */
  readonly gloo: string
  /** Where its gateway is reached. */
  readonly port: number
}

const ISTIO = '1.31.0'

/** What the installations of Istio and Gloo leave behind. */
export const installOthers = async (
  controlPlane: ControlPlane,
  live: Live,
  { dir, gloo, port }: Others,
): Promise<void> => {
  for (const name of ['upstream-crd', 'settings-crd', 'others-crds'])
    await must(controlPlane, 'apply', '-f', manifest(name))
  for (const object of [namespace(NAMESPACE), ...istiod(ISTIO, { trustDomain: 'cluster.local' })])
    await live.create(object)
  const proxy = join(dir, 'gateway-proxy.yaml')
  const text = readFileSync(manifest('gateway-proxy-1'), 'utf8')
  writeFileSync(proxy, text.replaceAll('VERSION', gloo))
  await must(controlPlane, 'apply', '-f', proxy)
  await live.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'istio-system', name: 'istiod', labels: { app: 'istiod' } },
    spec: { selector: { app: 'istiod' }, ports: [{ name: 'https-dns', port: 15012 }] },
  })
  await must(controlPlane, 'apply', '-f', settings(dir))
  await balance(live, port)
}
