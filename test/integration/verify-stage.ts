import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { V1Deployment } from '@kubernetes/client-node'
import type { MeshAuthority } from '../../certs/mesh.ts'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import { withApi } from '../../src/commands/cluster-flags.ts'
import { toldIn } from '../../src/commands/facts-source.ts'
import type { VerifyFlags } from '../../src/commands/verify.ts'
import { verifyUpstream } from '../../src/commands/verify-upstream.ts'
import type { JsonObject } from '../../src/core/types.ts'
import type { Mode } from '../demo/modes.ts'
import { Players } from '../demo/players.ts'
import { manifest, must, NAMESPACE, UPSTREAM } from '../demo/stage.ts'
import { connectTo, eventually } from '../harness/live.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { freePort } from '../parts/ports.ts'
import { CLI } from '../parts/program.ts'
import { reportRollout } from '../stand-ins/deployment-controller.ts'
import { envoyWrapper, gatewayOf } from '../stand-ins/envoy-wrapper.ts'
import { startGloo } from '../stand-ins/gloo.ts'
import { glooSds } from '../stand-ins/gloo-sds.ts'
import { startPod } from '../stand-ins/kubelet.ts'
import { joinNode, placePod, startPortForwarding } from '../stand-ins/kubelet-port-forward.ts'
import type { Images } from '../stand-ins/pod-containers.ts'
import { proxyv2 } from '../stand-ins/proxyv2.ts'

export const NODE = 'node'
/** As the stand-in for the kubelet calls it. */
export const POD = 'gateway-proxy-5d8c7f9b6-x7k2p'
/** Where Gloo's Envoys have their admin API, in the pod. */
export const ADMIN_PORT = 19_000

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const runCli = async (args: readonly string[]): Promise<Ran> => {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: 'pipe' })
  child.stdin.end()
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (child.exitCode === null) await once(child, 'exit')
  return { code: child.exitCode, stdout, stderr }
}

/** A cluster whose API server leads to the pods of one node, by a kubelet that forwards ports. */
export const startForwardingCluster = async (dir: string) => {
  const controlPlane = await startControlPlane({ dir })
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'kubelet of a test', ...life })
  const serving = await issueCertificate(authority, {
    commonName: 'kubelet',
    ipAddresses: ['127.0.0.1'],
    usages: ['serverAuth'],
    ...life,
  })
  const places = new Map<string, number>()
  const kubelet = await startPortForwarding({
    serving,
    portOf: ({ pod }, port) => places.get(`${pod}:${port}`),
  })
  await must(controlPlane, 'create', 'namespace', NAMESPACE)
  await must(controlPlane, 'apply', '-f', manifest('upstream-crd'))
  const live = connectTo(controlPlane)
  await joinNode(live.api, NODE, kubelet.port)
  const stop = async () => {
    live.api.close()
    await kubelet.stop()
    await controlPlane.stop()
  }
  return { controlPlane, live, places, stop }
}

export type ForwardingCluster = Awaited<ReturnType<typeof startForwardingCluster>>

export interface StageOptions {
  readonly cluster: ForwardingCluster
  readonly dir: string
  readonly mode: Mode
  readonly mesh: MeshAuthority
  readonly details: { port: number }
  /** Environment of Istio's agent. */
  readonly agent?: Readonly<Record<string, string>>
  /** Images of containers that are to be others than usual. */
  readonly images?: Images
}

/** A gateway-proxy as the command line injects it, its pod on the node, and a plain Upstream. */
export const startStage = async (options: StageOptions) => {
  const { cluster, dir, mode, mesh, details, agent = {} } = options
  const { controlPlane, live, places } = cluster
  const players = new Players(dir, mode)
  const config = join(dir, 'config.yaml')
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  const inject = async (file: string) => {
    const { code, stdout, stderr } = await runCli(['inject', '-f', file, '--config', config])
    if (code !== 0) throw new Error(stderr)
    writeFileSync(join(dir, 'injected.yaml'), stdout)
    await kubectl('apply', '-f', join(dir, 'injected.yaml'))
  }
  try {
    const issuer = await players.issuer(controlPlane, mesh)
    const values = await players.values(issuer)
    const head = { apiVersion: 'gloo-istio.io/v1alpha1', kind: 'Configuration' }
    writeFileSync(config, JSON.stringify({ ...head, ...values }))
    await inject(players.manifest('gateway-proxy'))
    await kubectl('create', '-f', players.manifest('upstream'))
    const deployment: V1Deployment = JSON.parse(
      await kubectl('get', 'deployment', 'gateway-proxy', '-n', NAMESPACE, '-o', 'json'),
    )
    const gatewayOptions = {
      clustersFile: join(dir, 'clusters.json'),
      cluster: `${UPSTREAM}_${NAMESPACE}`,
      ports: { http: await freePort(), admin: await freePort() },
    }
    places.set(`${POD}:${ADMIN_PORT}`, gatewayOptions.ports.admin)
    const pod = await startPod({
      deployment,
      controlPlane,
      images: {
        'gloo-envoy-wrapper': envoyWrapper(gatewayOptions),
        proxyv2: proxyv2(agent),
        sds: glooSds,
        ...options.images,
      },
      dir: join(dir, 'pod'),
      nodeRoot: join(dir, 'node'),
    })
    players.atEnd(pod.stop)
    await placePod(live.api, deployment, { name: POD, node: NODE })
    players.atEnd(() =>
      kubectl('delete', 'pods,upstreams,deployments,secrets', '-n', NAMESPACE, '--all', '--force'),
    )
    await reportRollout(controlPlane, deployment)
    const deliver = { change: (clusters: JsonObject): unknown => clusters }
    const gloo = startGloo({
      kubeConfig: live.kubeConfig,
      clustersFile: gatewayOptions.clustersFile,
      resolve: () => ({ host: '127.0.0.1', port: details.port }),
      version: mode.gloo,
      deliver: clusters => deliver.change(clusters),
    })
    players.atEnd(gloo.stop)
    const gateway = gatewayOf(gatewayOptions)
    await eventually('Envoy knows the Upstream', () => gateway.hasCluster())
    /** As a process of its own. */
    const verify = (...more: string[]) =>
      runCli([
        'verify',
        'upstream',
        `${NAMESPACE}/${UPSTREAM}`,
        `--config=${config}`,
        `--kubeconfig=${controlPlane.kubeconfig}`,
        ...more,
      ])
    const told = await toldIn(config)
    /** What the same command finds, without a process for each question. */
    const look = (more: Partial<VerifyFlags> = {}) => {
      const { kubeconfig } = controlPlane
      const flags = { kubeconfig, adminPort: ADMIN_PORT, output: 'text', ...more } as const
      const upstream = [NAMESPACE, UPSTREAM] as const
      return withApi(flags, api => verifyUpstream({ api, told, upstream, flags }))
    }
    /** As the webhook would on this write. */
    const annotate = async (annotations: Readonly<Record<string, string>>) => {
      const { apiVersion, kind, metadata, spec } = await live.get('Upstream', NAMESPACE, UPSTREAM)
      const { name, namespace, labels, annotations: before } = metadata as JsonObject
      const all = { ...(before as JsonObject | undefined), ...annotations }
      const object = { apiVersion, kind, metadata: { name, namespace, labels, annotations: all } }
      const file = join(dir, 'upstream.json')
      writeFileSync(file, JSON.stringify({ ...object, spec }))
      await inject(file)
    }
    const restore = async () => {
      await kubectl('create', '-f', players.manifest('upstream'))
      await annotate({ 'gloo-istio.io/mtls': 'enabled' })
    }
    /** One request, on a connection of its own. */
    const request = async () => {
      const response = await fetch(gateway.url, { headers: { connection: 'close' } })
      await response.text()
      return response.status
    }
    /** What the pod has of Citadel from now on. */
    const hold = async (secret: JsonObject) => {
      writeFileSync(join(dir, 'held.json'), JSON.stringify(secret), { mode: 0o600 })
      await kubectl('apply', '-f', join(dir, 'held.json'))
      await pod.sync()
    }
    return {
      deployment,
      deliver,
      issuer,
      verify,
      look,
      annotate,
      restore,
      request,
      hold,
      end: () => players.end(),
    }
  } catch (error) {
    await players.end()
    throw error
  }
}
