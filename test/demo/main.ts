import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { run } from '../parts/command.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { explain, findMissing, type PartName } from '../parts/parts.ts'
import { prepareParts } from '../parts/prepare.ts'
import { installWebhook } from '../parts/webhook.ts'
import { narrator as say } from './narrator.ts'
import { MESH, manifest, must, NAMESPACE, Stage, UPSTREAM, untilAdmitted } from './stage.ts'

const HELP = `Usage: npm run demo [-- --keep]

Plays the SuperGloo tutorial with gloo-istio on real parts, all on 127.0.0.1: a gateway that gets 503
from a mesh workload gets 200 once the Upstream is annotated.

  --keep  leave everything running until Ctrl-C, and say how to use kubectl on it
  --help  this text
`

const PARTS: readonly PartName[] = ['kubernetes', 'kubectl', 'helm', 'envoy']
const SETTLE_MS = 30_000

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const readFlags = () => {
  try {
    const options = { keep: { type: 'boolean' }, help: { type: 'boolean' } } as const
    return parseArgs({ options }).values
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${HELP}`)
    process.exit(2)
  }
}

const prepare = async () => {
  const missing = findMissing(PARTS)
  if (missing.length > 0) {
    console.error(`The demo runs on real parts. Missing:\n${missing.map(explain).join('\n')}`)
    process.exit(1)
  }
  await prepareParts(PARTS)
}

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

const play = async (stage: Stage) => {
  say.title('gloo-istio: an annotated Upstream becomes mutual TLS')
  say.note('Real: etcd, kube-apiserver, kubectl, Helm, Envoy, gloo-istio.')
  say.note(
    'Stand-ins: Gloo’s control plane, Citadel, the kubelet, and a Bookinfo workload (test/stand-ins).',
  )

  say.step('A Kubernetes control plane with Gloo’s Upstreams')
  const controlPlane = await stage.controlPlane()
  say.note(`kube-apiserver at ${controlPlane.url}`)

  say.step('A mesh whose workloads demand mutual TLS')
  const details = await stage.mesh(controlPlane)
  say.note(
    `details.default:9080 (stand-in) at 127.0.0.1:${details.port} takes certificates of the mesh only`,
  )
  say.note(`Secret ${NAMESPACE}/istio.default as Citadel (stand-in) writes it`)

  say.step('gloo-istio, installed by Helm')
  const installed = await installWebhook({
    controlPlane,
    dir: stage.dir,
    values: { mountRoot: stage.mountRoot, meshes: [MESH] },
    onHelm: say.command,
  })
  stage.atEnd(() => installed.stop())
  say.note(`gloo-istio serves at https://127.0.0.1:${installed.port}, its CA bundle is published`)

  say.step('The gateway-proxy: the webhook mounts the certificates of the mesh')
  await untilAdmitted(controlPlane, manifest('gateway-proxy'), 'gloo-istio-')
  const created = await kubectl(controlPlane, 'apply', '-f', manifest('gateway-proxy'))
  say.output(created)
  const template =
    'jsonpath={.spec.template.spec.volumes[1]}{"\\n"}{.spec.template.spec.containers[0].volumeMounts[1]}'
  say.output(
    await kubectl(
      controlPlane,
      'get',
      'deployment',
      'gateway-proxy',
      '-n',
      NAMESPACE,
      '-o',
      template,
    ),
  )
  const gateway = await stage.gateway(controlPlane, details.port)
  for (const { mountPath, secretName } of gateway.mounted)
    say.note(`the kubelet (stand-in) put Secret ${secretName} at ${mountPath}`)
  say.note(`Envoy listens at ${gateway.url}`)

  say.step('An Upstream without mutual TLS')
  say.output(await kubectl(controlPlane, 'create', '-f', manifest('upstream')))
  await until('Envoy knows the Upstream', gateway.hasCluster)
  say.note('Gloo (stand-in) made a cluster of Envoy of it')
  const before = await upstreamYaml(controlPlane)
  say.command(`kubectl ${SHOW_UPSTREAM.join(' ')}`)
  say.output(before)
  await curlUntil(`${gateway.url}/details/1`, 503)

  say.step('The Upstream, annotated')
  const annotations = [
    'gloo-istio.io/mtls=enabled',
    `gloo-istio.io/mesh=${MESH.namespace}.${MESH.name}`,
  ]
  say.output(
    await kubectl(controlPlane, 'annotate', 'upstream', UPSTREAM, '-n', NAMESPACE, ...annotations),
  )
  say.command(`kubectl ${SHOW_UPSTREAM.join(' ')}`)
  say.diff(before, await upstreamYaml(controlPlane))
  await curlUntil(`${gateway.url}/details/1`, 200)

  say.step('And why')
  const reviewed = installed
    .log()
    .findLast(({ name, outcome }) => name === UPSTREAM && outcome === 'mutated')
  say.output([reviewed?.['reason'], reviewed?.['message']].join(': '))
  return controlPlane
}

const interrupted = () =>
  new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })

const flags = readFlags()
if (flags.help) {
  console.log(HELP)
  process.exit(0)
}
await prepare()
const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-demo-'))
process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
const stage = new Stage(dir)
try {
  const controlPlane = await play(stage)
  if (flags.keep) {
    say.title('Everything runs until Ctrl-C. In another terminal:')
    say.command(`export KUBECONFIG=${controlPlane.kubeconfig}`)
    say.command(`kubectl get upstreams -A`)
    await interrupted()
  }
} catch (error) {
  console.error(`\nThe demo stopped: ${messageOf(error)}`)
  process.exitCode = 1
} finally {
  await stage.end()
}
