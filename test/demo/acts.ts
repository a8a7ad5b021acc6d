import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../parts/command.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { type Installed, installWebhook } from '../parts/webhook.ts'
import { narrator as say } from './narrator.ts'
import {
  type Gateway,
  MESH,
  manifest,
  must,
  NAMESPACE,
  type Stage,
  UPSTREAM,
  untilAdmitted,
} from './stage.ts'

const SETTLE_MS = 30_000

interface Answer {
  readonly status: number
  readonly body: string
}

/** By curl where there is one, as a user would; else by Node, which says so. */
const curl = async (url: string): Promise<Answer> => {
  const args = ['-s', '-m', '10', '-w', '\n%{http_code}', url]
  const out = await run({ file: 'curl', args }).catch(() => undefined)
  if (out === undefined) {
    say.note('curl is not installed here: Node asks instead')
    const response = await fetch(url)
    return { status: response.status, body: await response.text() }
  }
  const lines = out.stdout.split('\n')
  return { status: Number(lines.at(-1)), body: lines.slice(0, -1).join('\n') }
}

/** Gloo and Envoy take a moment after each change. */
const until = async (what: string, isTrue: () => Promise<boolean>) => {
  const deadline = Date.now() + SETTLE_MS
  while (!(await isTrue()))
    if (Date.now() > deadline) throw new Error(`not after ${SETTLE_MS / 1000} s: ${what}`)
    else await sleep(200)
}

const curlUntil = async (url: string, status: number) => {
  let answer: Answer = { status: 0, body: '' }
  await until(`HTTP ${status} from ${url}`, async () => {
    answer = await curl(url)
    return answer.status === status
  })
  say.command(`curl ${url}`)
  say.answer(answer.status, answer.body)
}

const kubectl = async (controlPlane: ControlPlane, ...args: string[]) => {
  say.command(`kubectl ${args.join(' ')}`)
  return must(controlPlane, ...args)
}

/** What the API server counts and stamps changes with every write, and says nothing here. */
const BOOKKEEPING = /^ {2}(creationTimestamp|generation|resourceVersion|uid): .*\n/gm

const SHOW_UPSTREAM = ['get', 'upstream', UPSTREAM, '-n', NAMESPACE, '-o', 'yaml']

const upstreamYaml = async (controlPlane: ControlPlane) =>
  (await must(controlPlane, ...SHOW_UPSTREAM)).replaceAll(BOOKKEEPING, '')

/** What one act leaves for the next. */
export interface Scene {
  readonly stage: Stage
  readonly controlPlane: ControlPlane
  readonly detailsPort: number
}

export const setTheScene = async (stage: Stage): Promise<Scene> => {
  say.title('gloo-istio: an annotated Upstream becomes mutual TLS')
  say.note('Real: etcd, kube-apiserver, kubectl, Helm, Envoy, gloo-istio.')
  say.note('Stand-ins: Gloo’s control plane, Citadel, the kubelet, and a Bookinfo workload.')

  say.step('A Kubernetes control plane with Gloo’s Upstreams')
  const controlPlane = await stage.controlPlane()
  say.note(`kube-apiserver at ${controlPlane.url}`)

  say.step('A mesh whose workloads demand mutual TLS')
  const { port } = await stage.mesh(controlPlane)
  say.note(
    `details.default:9080 (stand-in) at 127.0.0.1:${port} takes certificates of the mesh only`,
  )
  say.note(`Secret ${NAMESPACE}/istio.default as Citadel (stand-in) writes it`)
  return { stage, controlPlane, detailsPort: port }
}

export const install = async ({ stage, controlPlane }: Scene): Promise<Installed> => {
  say.step('gloo-istio, installed by Helm')
  const values = { mountRoot: stage.mountRoot, meshes: [MESH] }
  const { dir } = stage
  const installed = await installWebhook({ controlPlane, dir, values, onHelm: say.command })
  stage.atEnd(() => installed.stop())
  say.note(`gloo-istio serves at https://127.0.0.1:${installed.port}, its CA bundle is published`)
  return installed
}

const VOLUME_AND_MOUNT =
  'jsonpath={.spec.template.spec.volumes[1]}{"\\n"}{.spec.template.spec.containers[0].volumeMounts[1]}'

export const injectGateway = async ({
  stage,
  controlPlane,
  detailsPort,
}: Scene): Promise<Gateway> => {
  say.step('The gateway-proxy: the webhook mounts the certificates of the mesh')
  await untilAdmitted(controlPlane, manifest('gateway-proxy'), 'gloo-istio-')
  say.output(await kubectl(controlPlane, 'apply', '-f', manifest('gateway-proxy')))
  const show = ['get', 'deployment', 'gateway-proxy', '-n', NAMESPACE, '-o', VOLUME_AND_MOUNT]
  say.output(await kubectl(controlPlane, ...show))
  const gateway = await stage.gateway(controlPlane, detailsPort)
  for (const { mountPath, secretName } of gateway.mounted)
    say.note(`the kubelet (stand-in) put Secret ${secretName} at ${mountPath}`)
  say.note(`Envoy listens at ${gateway.url}`)
  return gateway
}

/** Answers the Upstream as it was created. */
export const createUpstream = async (
  { controlPlane }: Scene,
  gateway: Gateway,
): Promise<string> => {
  say.step('An Upstream without mutual TLS')
  say.output(await kubectl(controlPlane, 'create', '-f', manifest('upstream')))
  await until('Envoy knows the Upstream', gateway.hasCluster)
  say.note('Gloo (stand-in) made a cluster of Envoy of it')
  const created = await upstreamYaml(controlPlane)
  say.command(`kubectl ${SHOW_UPSTREAM.join(' ')}`)
  say.output(created)
  await curlUntil(`${gateway.url}/details/1`, 503)
  return created
}

const ANNOTATIONS = [
  'gloo-istio.io/mtls=enabled',
  `gloo-istio.io/mesh=${MESH.namespace}.${MESH.name}`,
]

export const annotate = async ({ controlPlane }: Scene, gateway: Gateway, created: string) => {
  say.step('The Upstream, annotated')
  const annotateUpstream = ['annotate', 'upstream', UPSTREAM, '-n', NAMESPACE, ...ANNOTATIONS]
  say.output(await kubectl(controlPlane, ...annotateUpstream))
  say.command(`kubectl ${SHOW_UPSTREAM.join(' ')}`)
  say.diff(created, await upstreamYaml(controlPlane))
  await curlUntil(`${gateway.url}/details/1`, 200)
}

export const tellWhy = (installed: Installed) => {
  say.step('And why')
  const isOurs = (line: Record<string, unknown>) =>
    line['name'] === UPSTREAM && line['outcome'] === 'mutated'
  const reviewed = installed.log().findLast(isOurs)
  say.output([reviewed?.['reason'], reviewed?.['message']].join(': '))
}
