import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ApiError } from '../../src/cluster/api.ts'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { must } from '../demo/stage.ts'
import { GLOO_SYSTEM, isGone, type Live, sslConfigOf } from '../harness/live.ts'
import { annotated } from '../harness/writer.ts'
import { runOrThrow } from '../parts/command.ts'
import { requirePart } from '../parts/parts.ts'
import { CHART } from '../parts/replicas.ts'
import { configurationFrom, kubeconfigOf } from '../parts/serve-process.ts'
import { untilHeard } from './heard.ts'
import { NAMES, RESTORED_MS, secondsUntil, setFaultStage } from './stage.ts'

const INSTALLATION = { namespace: NAMES.namespace, fullName: 'gloo-istio' }

/** The chart's own Deployment, which is not there where processes run beside the cluster. */
const ownDeployment = (): Promise<string> =>
  runOrThrow({
    file: requirePart('helm').helm,
    args: [
      'template',
      'gloo-istio',
      CHART,
      `--namespace=${NAMES.namespace}`,
      '--show-only=templates/deployment.yaml',
    ],
  })

/** A cluster with other things in it than ours. */
export const setClusterStage = async (t: Test) => {
  const stage = await setFaultStage(t, { flags: ['--drain=3s'] })
  const { dir, controlPlane, live, replicas } = stage
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  const { namespace } = NAMES
  const deploymentFile = join(dir, 'own-deployment.yaml')
  writeFileSync(deploymentFile, await ownDeployment())
  let [turn, number] = [0, 0]

  /** What others do in a cluster; answers how many writes that were, and throws when one fails. */
  const doOthersWork = async (): Promise<number> => {
    const at = ++turn
    const app = { app: `other-${at}` }
    const containers = [{ name: 'app', image: 'example.com/app:1' }]
    await live.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'default', name: `other-${at}` },
      spec: {
        selector: { matchLabels: app },
        template: { metadata: { labels: app }, spec: { containers } },
      },
    })
    await live.patch('Deployment', 'default', `other-${at}`, { spec: { replicas: 2 } })
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', data: { at: `${at}` } }
    await live.create({ ...configMap, metadata: { namespace: 'kube-system', name: `other-${at}` } })
    await live.create({ ...annotated(`other-${at}`), ...inNamespace('kube-system', `other-${at}`) })
    return 4
  }
  /** Our own Deployment is scaled, as when somebody tries to get us back. */
  const scaleOurs = async (count: number): Promise<void> => {
    await kubectl('apply', '-f', deploymentFile)
    await kubectl('scale', 'deployment/gloo-istio', '-n', namespace, `--replicas=${count}`)
  }
  const tryUpstream = async (): Promise<string> => {
    const name = `tried-${++number}`
    try {
      const stored = await live.create(annotated(name))
      await live.remove('Upstream', GLOO_SYSTEM, name)
      return sslConfigOf(stored) === undefined ? 'stored as it was' : 'injected'
    } catch (error) {
      if (error instanceof ApiError) return error.message
      throw error
    }
  }
  const helm = (...args: readonly string[]) => replicas.helm(...args, `--namespace=${namespace}`)
  const upgrade = async (...args: readonly string[]): Promise<void> => {
    await helm('upgrade', 'gloo-istio', CHART, '--reuse-values', ...args)
    await untilHeard(live)
  }
  /** The release with the values of its first installation. */
  const install = async (...command: readonly string[]): Promise<void> => {
    const values = `--values=${join(dir, 'values.json')}`
    await helm(...command, 'gloo-istio', CHART, '--create-namespace', values)
    await untilHeard(live)
  }
  /** What pods that start from now on are given. */
  const renew = async (): Promise<void> => {
    writeFileSync(join(dir, 'config.yaml'), await configurationFrom(controlPlane, INSTALLATION))
    const access = await kubeconfigOf(controlPlane, INSTALLATION)
    writeFileSync(join(dir, 'webhook.kubeconfig'), access, { mode: 0o600 })
  }
  const makeUpstreams = async (count: number, prefix: string): Promise<void> => {
    for (let at = 0; at < count; at++) await live.create(annotated(`${prefix}-${at}`))
  }
  const bare = async (prefix: string): Promise<number> =>
    (await live.list('Upstream', GLOO_SYSTEM))
      .filter(upstream => textAt(upstream, 'metadata', 'name').startsWith(prefix))
      .filter(upstream => sslConfigOf(upstream) === undefined).length
  const startAll = () => Promise.all(replicas.all.map(replica => replica.start()))
  const endAll = () => Promise.all(replicas.all.map(replica => replica.stop()))
  return {
    ...stage,
    kubectl,
    doOthersWork,
    scaleOurs,
    tryUpstream,
    upgrade,
    install: () => install('install'),
    renew,
    makeUpstreams,
    /** How many of them have no sslConfig. */
    bare,
    startAll,
    killAll: () => Promise.all(replicas.all.map(replica => replica.kill())),
    endAll,
    untilReady: () => Promise.all(replicas.all.map(replica => replica.untilReady())),
    leads: async () => {
      const all = await Promise.all(replicas.all.map(({ metric }) => metric('gloo_istio_leader')))
      return all.includes(1)
    },
    /** After a fault that did not hold: the namespace, the release and the replicas are as at the beginning. */
    restore: async (): Promise<void> => {
      await stage.stopWriting()
      if (await isEnding(live)) await finalize(live)
      await install('upgrade', '--install')
      await renew()
      await endAll()
      await startAll()
      await Promise.all(replicas.all.map(replica => replica.untilReady(RESTORED_MS)))
    },
  }
}

const isEnding = async (live: Live): Promise<boolean> =>
  (await live.list('Namespace', '')).some(
    one =>
      textAt(one, 'metadata', 'name') === NAMES.namespace &&
      fieldAt(one, 'metadata', 'deletionTimestamp') !== undefined,
  )

const inNamespace = (namespace: string, name: string): JsonObject => ({
  metadata: { namespace, name, annotations: { 'gloo-istio.io/mtls': 'enabled' } },
})

export type ClusterStage = Awaited<ReturnType<typeof setClusterStage>>

/** Of webhooks with this in their names: each that is registered. */
export const registered = async (
  { live }: ClusterStage,
  name: string,
): Promise<readonly string[]> => {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  const found = await live.api.request({ path })
  return items(found['items'])
    .map(one => textAt(one, 'metadata', 'name'))
    .filter(one => one.includes(name))
}

/** Whatever in our namespace a release needs, as the namespace controller would take it away. */
export const emptyNamespace = async ({ kubectl }: ClusterStage): Promise<number> => {
  const { namespace } = NAMES
  const kinds = [
    'secret',
    'lease',
    'configmap',
    'rolebinding',
    'role',
    'deployment',
    'serviceaccount',
  ]
  const names = async (kind: string) =>
    (await kubectl('get', kind, '-n', namespace, '-o', 'name')).split('\n').filter(Boolean)
  const all: string[] = []
  for (const kind of kinds) {
    const found = await names(kind)
    if (found.length > 0) await kubectl('delete', '-n', namespace, '--wait=false', ...found)
    all.push(...found)
  }
  return all.length
}

/** The end of our namespace, as its controller brings it about once nothing is left in it. */
export const finalize = async (live: Live): Promise<void> => {
  const path = `/api/v1/namespaces/${NAMES.namespace}`
  const found = await live.api.request({ path })
  const spec = { ...Object(fieldAt(found, 'spec')), finalizers: [] }
  await live.api.request({ method: 'PUT', path: `${path}/finalize`, body: { ...found, spec } })
  await secondsUntil('the namespace is gone', () => isGone(live.api.request({ path })))
}
