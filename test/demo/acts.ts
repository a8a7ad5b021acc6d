import { join } from 'node:path'
import { runOrThrow } from '../parts/command.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { CLI } from '../parts/program.ts'
import { type Installed, installWebhook } from '../parts/webhook.ts'
import { curlUntil, until } from './curl.ts'
import type { Issuer } from './issuers.ts'
import { MESH } from './modes.ts'
import { narrator as say } from './narrator.ts'
import type { Gateway, Players } from './players.ts'
import { must, NAMESPACE, startCluster, UPSTREAM, untilAdmitted } from './stage.ts'

/** As a shell needs it. */
const quoted = (argument: string) => (/[\s{}"*]/.test(argument) ? `'${argument}'` : argument)

const kubectl = async (controlPlane: ControlPlane, ...args: string[]) => {
  say.command(`kubectl ${args.map(quoted).join(' ')}`)
  return must(controlPlane, ...args)
}

/** What the API server counts and stamps changes with every write, and says nothing here. */
const BOOKKEEPING = /^ {2}(creationTimestamp|generation|resourceVersion|uid): .*\n/gm

const SHOW_UPSTREAM = ['get', 'upstream', UPSTREAM, '-n', NAMESPACE, '-o', 'yaml']

const upstreamYaml = async (controlPlane: ControlPlane) =>
  (await must(controlPlane, ...SHOW_UPSTREAM)).replaceAll(BOOKKEEPING, '')

/** What one act leaves for the next. */
export interface Scene {
  readonly players: Players
  readonly controlPlane: ControlPlane
  readonly issuer: Issuer
  readonly details: { readonly port: number }
}

const cast = ({ mode }: Players) => {
  const agent = mode.issuer === 'istiod' ? ', Istio’s istiod and pilot-agent' : ''
  say.note(`Real: etcd, kube-apiserver, kubectl, Helm, Envoy${agent}, gloo-istio.`)
  const issuer = { citadel: ', Citadel', 'node-agent': ', Istio’s node agent', istiod: '' }
  const others = `the kubelet, and a Bookinfo workload`
  say.note(`Stand-ins: Gloo ${mode.gloo}${issuer[mode.issuer]}, ${others}.`)
}

export const setTheScene = async (players: Players): Promise<Scene> => {
  say.title('gloo-istio: an annotation, or the label of a namespace, becomes mutual TLS')
  say.note(`Mode ${players.mode.name}: Gloo ${players.mode.gloo} and Istio ${players.mode.istio}.`)
  cast(players)

  say.step('A Kubernetes control plane with Gloo’s Upstreams')
  const controlPlane = await startCluster(join(players.dir, 'control-plane'))
  players.atEnd(controlPlane.stop)
  say.note(`kube-apiserver at ${controlPlane.url}`)

  say.step('A mesh whose workloads demand mutual TLS')
  const { authority, details } = await players.mesh()
  say.note(
    `details.default:9080 (stand-in) at 127.0.0.1:${details.port} takes certificates of the mesh only`,
  )
  const issuer = await players.issuer(controlPlane, authority)
  say.note(issuer.about)
  return { players, controlPlane, issuer, details }
}

export const install = async ({ players, controlPlane, issuer }: Scene): Promise<Installed> => {
  say.step('gloo-istio, installed by Helm')
  const { dir } = players
  const values = await players.usualValues(issuer)
  const installed = await installWebhook({ controlPlane, dir, values, onHelm: say.command })
  players.atEnd(() => installed.stop())
  say.note(`gloo-istio serves at https://127.0.0.1:${installed.port}, its CA bundle is published`)
  return installed
}

const CONTAINERS =
  'jsonpath={range .spec.template.spec.containers[*]}{.name}{"  "}{.image}{"\\n"}{range .volumeMounts[*]}{"  "}{.mountPath}{"  "}{.name}{"\\n"}{end}{end}'

export const injectGateway = async (scene: Scene): Promise<Gateway> => {
  const { players, controlPlane, details } = scene
  say.step('The gateway-proxy: the webhook brings the certificates of the mesh to it')
  const file = players.manifest('gateway-proxy')
  await untilAdmitted(controlPlane, file, players.mode.sign)
  say.output(await kubectl(controlPlane, 'apply', '-f', file))
  const show = ['get', 'deployment', 'gateway-proxy', '-n', NAMESPACE, '-o', CONTAINERS]
  say.output(await kubectl(controlPlane, ...show))
  const gateway = await players.gateway(controlPlane, details)
  for (const name of new Set(gateway.pod.mounts.map(({ container }) => container)))
    say.note(`the kubelet (stand-in) started ${name}`)
  say.note(`Envoy listens at ${gateway.url}`)
  return gateway
}

/** Answers the Upstream as it was created. */
export const createUpstream = async (
  { players, controlPlane }: Scene,
  gateway: Gateway,
): Promise<string> => {
  say.step('An Upstream without mutual TLS')
  say.output(await kubectl(controlPlane, 'create', '-f', players.manifest('upstream')))
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

const LABEL = 'gloo-istio.io/mtls'

export const labelNamespace = async (
  { controlPlane }: Scene,
  gateway: Gateway,
  created: string,
) => {
  say.step('The same by a label of the namespace that the Upstream leads to')
  const keys = ANNOTATIONS.map(annotation => `${annotation.split('=')[0]}-`)
  say.output(
    await kubectl(controlPlane, 'annotate', 'upstream', UPSTREAM, '-n', NAMESPACE, ...keys),
  )
  await curlUntil(`${gateway.url}/details/1`, 503)
  say.output(await kubectl(controlPlane, 'label', 'namespace', 'default', `${LABEL}=enabled`))
  await curlUntil(`${gateway.url}/details/1`, 200)
  say.command(`kubectl ${SHOW_UPSTREAM.join(' ')}`)
  say.diff(created, await upstreamYaml(controlPlane))
}

export const tellWhy = async ({ players, controlPlane }: Scene) => {
  say.step('And why')
  const [config, { kubeconfig }] = [join(players.dir, 'config.yaml'), controlPlane]
  const ask = ['explain', 'upstream', `${NAMESPACE}/${UPSTREAM}`]
  say.command(`gloo-istio ${ask.join(' ')}`)
  const flags = [`--config=${config}`, `--kubeconfig=${kubeconfig}`]
  say.output(await runOrThrow({ file: process.execPath, args: [CLI, ...ask, ...flags] }))
}

export const unlabelNamespace = async (
  { controlPlane }: Scene,
  gateway: Gateway,
  created: string,
) => {
  say.step('Without the label, all is as it was')
  say.output(await kubectl(controlPlane, 'label', 'namespace', 'default', `${LABEL}-`))
  await curlUntil(`${gateway.url}/details/1`, 503)
  const now = await upstreamYaml(controlPlane)
  if (now !== created) throw new Error(`the Upstream is not what it was:\n${now}`)
  say.note('the Upstream is what it was, to the byte')
}
