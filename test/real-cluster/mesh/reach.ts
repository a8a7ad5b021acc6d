import { join } from 'node:path'
import type { Test } from 'tap'
import { requirePart } from '../../parts/parts.ts'
import { freePort } from '../../parts/ports.ts'
import { start, waitUntilReady } from '../../parts/processes.ts'
import type { RealCluster } from '../cluster.ts'
import type { Administrator } from './kubectl.ts'

/** A port of what runs in the cluster. */
export interface Port {
  readonly namespace: string
  readonly name: string
  readonly port: number
  /** Default: http. */
  readonly scheme?: 'http' | 'https'
}

/** URLs, without a path, by which this process asks what runs in the cluster. */
export interface Reach {
  readonly ofService: (port: Port) => Promise<string>
  readonly ofPod: (port: Port & { readonly ip: string }) => string
}

/** As the routes of this machine lead there. */
const directly = ({ addressOf }: Administrator): Reach => ({
  ofService: async ({ namespace, name, port, scheme = 'http' }) =>
    `${scheme}://${await addressOf(namespace, name)}:${port}`,
  ofPod: ({ ip, port, scheme = 'http' }) => `${scheme}://${ip}:${port}`,
})

/** Through the API server, which passes requests on wherever the cluster is. */
const byApiServer = async (t: Test, { kubeconfig }: RealCluster, dir: string): Promise<Reach> => {
  const local = await freePort()
  const running = await start({
    name: 'kubectl proxy',
    file: requirePart('kubectl').kubectl,
    args: ['--kubeconfig', kubeconfig, 'proxy', `--port=${local}`],
    log: join(dir, 'kubectl-proxy.log'),
  })
  t.teardown(() => running.stop())
  const base = `http://127.0.0.1:${local}`
  await waitUntilReady([running], async () => {
    const answer = await fetch(`${base}/readyz`).catch(() => undefined)
    return answer?.status === 200
  })
  const urlOf = (kind: string, { namespace, name, port, scheme = 'http' }: Port) =>
    `${base}/api/v1/namespaces/${namespace}/${kind}/${scheme}:${name}:${port}/proxy`
  return { ofService: async port => urlOf('services', port), ofPod: port => urlOf('pods', port) }
}

export const reachOf = (
  t: Test,
  cluster: RealCluster,
  admin: Administrator,
  dir: string,
): Reach | Promise<Reach> => (cluster.node ? directly(admin) : byApiServer(t, cluster, dir))
