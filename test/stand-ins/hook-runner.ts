import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiClient } from '../../src/cluster/api.ts'
import { connect } from '../../src/cluster/client.ts'
import { field, fieldAt, items, textAt } from '../../src/core/json.ts'
import { type Outcome, run } from '../parts/command.ts'
import type { ControlPlane } from '../parts/control-plane.ts'
import { CLI } from '../parts/program.ts'
import { kubeconfigOf } from '../parts/serve-process.ts'

const LOOK_MS = 200

/** A Pod or Job of a hook that ran, and what came of it. */
export interface HookRun extends Outcome {
  readonly kind: 'Pod' | 'Job'
  readonly name: string
}

export interface HookRunner {
  /** Those that ran so far. */
  readonly runs: readonly HookRun[]
  readonly stop: () => Promise<void>
}

export interface HookRunnerOptions {
  readonly controlPlane: ControlPlane
  /** Where the identities of pods go. */
  readonly dir: string
  /** Hears of each before it runs. */
  readonly onStart?: (name: string) => Promise<unknown>
}

interface Kind {
  readonly kind: HookRun['kind']
  readonly path: string
  readonly podSpec: (object: unknown) => unknown
  /** What the kubelet, or the Job controller, reports of its end. */
  readonly statusOf: (code: number) => object
}

const condition = (type: string) => ({ type, status: 'True' })

/** Once only: what is tried again after a failure is up to the Job controller. */
const jobStatus = (code: number) => {
  const now = new Date().toISOString()
  const done = { startTime: now, uncountedTerminatedPods: {}, ready: 0, terminating: 0 }
  return code === 0
    ? {
        ...done,
        completionTime: now,
        succeeded: 1,
        conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
      }
    : { ...done, failed: 1, conditions: [condition('FailureTarget'), condition('Failed')] }
}

const KINDS: readonly Kind[] = [
  {
    kind: 'Pod',
    path: '/api/v1',
    podSpec: object => field(object, 'spec'),
    statusOf: code => ({ phase: code === 0 ? 'Succeeded' : 'Failed' }),
  },
  {
    kind: 'Job',
    path: '/apis/batch/v1',
    podSpec: object => fieldAt(object, 'spec', 'template', 'spec'),
    statusOf: jobStatus,
  },
]

/** Other pods are what other controllers made. */
const isHook = (object: unknown): boolean =>
  textAt(object, 'metadata', 'annotations', 'helm.sh/hook') !== ''

/** Runs each Pod and Job of a hook that appears, once: our own program, with the rights of its ServiceAccount. */
export const startHookRunner = (options: HookRunnerOptions): HookRunner => {
  const api = new ApiClient(connect(options.controlPlane.kubeconfig))
  const closing = new AbortController()
  const runs: HookRun[] = []
  const seen = new Set<string>()
  const look = async (kind: Kind): Promise<void> => {
    const listed = await api.request({ path: `${kind.path}/${kind.kind.toLowerCase()}s` })
    for (const object of items(field(listed, 'items')).filter(isHook)) {
      const uid = textAt(object, 'metadata', 'uid')
      if (seen.has(uid)) continue
      seen.add(uid)
      const outcome = await runPod(options, textAt(object, 'metadata', 'name'), object, kind)
      runs.push({ ...outcome, kind: kind.kind, name: textAt(object, 'metadata', 'name') })
      await report(api, object, kind, outcome.code)
    }
  }
  const loop = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      for (const kind of KINDS) await look(kind)
      await sleep(LOOK_MS)
    }
  }
  const looping = loop()
  const stop = async (): Promise<void> => {
    closing.abort()
    await looping
    api.close()
  }
  return { runs, stop }
}

const runPod = async (
  { controlPlane, dir, onStart }: HookRunnerOptions,
  name: string,
  object: unknown,
  { podSpec }: Kind,
): Promise<Outcome> => {
  await onStart?.(name)
  const spec = podSpec(object)
  const [container] = items(field(spec, 'containers'))
  const kubeconfig = join(dir, `${textAt(object, 'metadata', 'uid')}.kubeconfig`)
  const namespace = textAt(object, 'metadata', 'namespace')
  const account = { namespace, fullName: textAt(spec, 'serviceAccountName') }
  writeFileSync(kubeconfig, await kubeconfigOf(controlPlane, account), { mode: 0o600 })
  const args = items(field(container, 'args')).map(String)
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  return run({ file: process.execPath, args: [CLI, ...args], env })
}

const report = async (api: ApiClient, object: unknown, kind: Kind, code: number): Promise<void> => {
  const [namespace, name] = ['namespace', 'name'].map(key => textAt(object, 'metadata', key))
  await api.request({
    method: 'PATCH',
    path: `${kind.path}/namespaces/${namespace}/${kind.kind.toLowerCase()}s/${name}/status`,
    body: { status: kind.statusOf(code) },
    contentType: 'application/merge-patch+json',
  })
}
