import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority } from '../../src/certs/authority.ts'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { manifest, must } from '../demo/stage.ts'
import { type Outcome, run } from '../parts/command.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { requirePart } from '../parts/parts.ts'
import { CLI } from '../parts/program.ts'
import { CHART } from '../parts/replicas.ts'
import { LOOPBACK_SERVICES, startWebhookPod } from '../stand-ins/webhook-pod.ts'
import {
  connectTo,
  discovered,
  eventually,
  GLOO_SYSTEM,
  gatewayProxy,
  istiod,
  namespace,
  pod,
  rollOut,
  service,
  sslConfigOf,
} from './live.ts'

export const RELEASE = { namespace: 'gloo-istio', fullName: 'gloo-istio' }

interface Tap {
  readonly teardown: (end: () => unknown) => void
  readonly testdir: () => string
}

export interface CheckRun extends Outcome {
  /** Of a report in JSON: the status of each check by its id. */
  readonly statuses: () => Readonly<Record<string, string>>
}

/** A real API server that knows Services of this machine, and nothing else yet. */
export const setEmptyStage = async (t: Tap) => {
  const dir = t.testdir()
  const controlPlane = await startControlPlane({
    dir: join(dir, 'control-plane'),
    // Nobody makes the ServiceAccounts that pods would need.
    extraArgs: ['--disable-admission-plugins=ServiceAccount', LOOPBACK_SERVICES],
  })
  t.teardown(() => controlPlane.stop())
  const live = connectTo(controlPlane)
  t.teardown(() => live.api.close())
  /** `gloo-istio check` as a process. */
  const check = async (...args: readonly string[]): Promise<CheckRun> => {
    const { kubeconfig } = controlPlane
    const outcome = await run({
      file: process.execPath,
      args: [CLI, 'check', `--kubeconfig=${kubeconfig}`, ...args],
      env: { ...process.env, NO_COLOR: '1' },
    })
    return { ...outcome, statuses: () => statusesIn(outcome.stdout) }
  }
  return { dir, controlPlane, live, check }
}

interface Report {
  readonly groups: readonly {
    readonly results: readonly { readonly id: string; readonly status: string }[]
  }[]
}

const statusesIn = (json: string): Readonly<Record<string, string>> => {
  const { groups } = JSON.parse(json) as Report
  return Object.fromEntries(
    groups.flatMap(({ results }) => results.map(({ id, status }) => [id, status])),
  )
}

const settings: JsonObject = {
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Settings',
  metadata: { namespace: GLOO_SYSTEM, name: 'default' },
  spec: {},
}

/** What istiod writes into each namespace. */
const rootAuthority = (pem: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: GLOO_SYSTEM, name: 'istio-ca-root-cert' },
  data: { 'root-cert.pem': pem },
})

const istiodService: JsonObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'istio-system', name: 'istiod', labels: { app: 'istiod' } },
  spec: { selector: { app: 'istiod' }, ports: [{ name: 'https-dns', port: 15012 }] },
}

/** What the kubelet and the controllers would make of the Deployment of the release: two pods, ready, behind its Service. */
const podsOfRelease = (image: string): readonly JsonObject[] => [
  ...[1, 2].map(at => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: RELEASE.namespace,
      name: `gloo-istio-${at}`,
      labels: {
        'app.kubernetes.io/name': 'gloo-istio',
        'app.kubernetes.io/instance': 'gloo-istio',
        'app.kubernetes.io/component': 'webhook',
      },
    },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'webhook', image }] },
  })),
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: RELEASE.namespace,
      name: 'gloo-istio-1',
      labels: { 'kubernetes.io/service-name': 'gloo-istio' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 10250 }],
  },
]

/** Gloo, Istio and gloo-istio, all in the best of health: whatever may pass passes. */
export const makeHealthy = async (t: Tap, stage: Stage) => {
  const { dir, controlPlane, live } = stage
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  for (const crd of ['upstream-crd', 'settings-crd']) await kubectl('apply', '-f', manifest(crd))
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=20s')
  const { certPem } = await createAuthority({
    commonName: 'Root CA',
    organization: 'cluster.local',
    days: 3650,
    now: new Date(),
  })
  const apply = async (object: JsonObject): Promise<void> => {
    const file = join(dir, `object-${++made}.json`)
    writeFileSync(file, JSON.stringify(object))
    await kubectl('apply', '-f', file)
  }
  let made = 0
  for (const object of [
    namespace(GLOO_SYSTEM),
    namespace('team-a', { 'gloo-istio.io/mtls': 'enabled' }),
    ...istiod('1.22.3'),
    istiodService,
    settings,
    rootAuthority(certPem),
    service('team-a', 'details'),
    pod('team-a', 'details'),
    discovered('team-a', 'details'),
    gatewayProxy('1.17.3'),
  ])
    await apply(object)
  await reportReady(stage, 'istio-system', 'istiod')
  const env = { ...process.env, KUBECONFIG: controlPlane.kubeconfig }
  const helm = (...args: readonly string[]) =>
    run({ file: requirePart('helm').helm, args: [...args, '-n', RELEASE.namespace], env })
  const installed = await helm('install', 'gloo-istio', CHART, '--create-namespace')
  if (installed.code !== 0) throw new Error(installed.stderr)
  const pods = join(dir, 'pods')
  mkdirSync(pods)
  const webhook = await startWebhookPod(controlPlane, RELEASE, pods)
  t.teardown(() => webhook.stop())
  await eventually('the proxy is injected', async () =>
    JSON.stringify(await live.get('Deployment', GLOO_SYSTEM, 'gateway-proxy')).includes('proxyv2'),
  )
  await rollOut(live)
  await eventually(
    'the Upstream is on',
    async () =>
      sslConfigOf(await live.get('Upstream', GLOO_SYSTEM, 'team-a-details-9080')) !== undefined,
  )
  const deployment = await live.get('Deployment', RELEASE.namespace, 'gloo-istio')
  for (const object of podsOfRelease(imageOf(deployment))) await apply(object)
  await reportReady(stage, RELEASE.namespace, 'gloo-istio')
  return { ...stage, helm, apply, kubectl, webhook }
}

const imageOf = (deployment: JsonObject): string => {
  const containers = fieldAt(deployment, 'spec', 'template', 'spec', 'containers')
  return textAt(items(containers)[0], 'image')
}

export type Stage = Awaited<ReturnType<typeof setEmptyStage>>

/** What the Deployment controller says once all pods are ready. */
export const reportReady = async (
  { live, controlPlane }: Pick<Stage, 'live' | 'controlPlane'>,
  inside: string,
  name: string,
  ready?: number,
): Promise<void> => {
  const deployment = await live.get('Deployment', inside, name)
  const replicas = fieldAt(deployment, 'spec', 'replicas')
  const status = {
    observedGeneration: fieldAt(deployment, 'metadata', 'generation'),
    replicas,
    updatedReplicas: replicas,
    readyReplicas: ready ?? replicas,
    availableReplicas: ready ?? replicas,
  }
  await must(
    controlPlane,
    'patch',
    'deployment',
    name,
    `--namespace=${inside}`,
    '--subresource=status',
    '--type=merge',
    `--patch=${JSON.stringify({ status })}`,
  )
}

/** The same, on an API server of its own. */
export const setHealthyStage = async (t: Tap) => makeHealthy(t, await setEmptyStage(t))
