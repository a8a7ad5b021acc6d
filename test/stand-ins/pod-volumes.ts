import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  V1ServiceAccountTokenProjection,
  V1Volume,
  V1VolumeProjection,
} from '@kubernetes/client-node'
import type { ControlPlane } from '../parts/control-plane.ts'
import { type Files, replaceFiles } from './atomic-files.ts'
import { fieldOf, type PodFacts } from './pod-environment.ts'

const TRY_AGAIN_MS = 300
const MOUNT_TRIES = 30

export interface VolumeOptions {
  readonly controlPlane: ControlPlane
  readonly pod: PodFacts
  /** Of the pod. Sockets lie below it, and the path of one is 107 bytes at most: keep it short. */
  readonly dir: string
  /** Where the paths of the node are. */
  readonly nodeRoot: string
}

/** Makes the folder of a volume, or brings its files up to date; answers where it is. */
export const fillVolume = async (volume: V1Volume, options: VolumeOptions): Promise<string> => {
  const folder = volume.hostPath
    ? join(options.nodeRoot, volume.hostPath.path)
    : join(options.dir, 'volumes', volume.name)
  mkdirSync(folder, { recursive: true })
  const files = await filesOf(volume, options)
  if (files !== undefined) replaceFiles(folder, files)
  return folder
}

/** Undefined for a volume that is the pod's own, or the node's, to write. */
const filesOf = async (volume: V1Volume, options: VolumeOptions): Promise<Files | undefined> => {
  const { secret, configMap, projected, downwardAPI } = volume
  if (secret)
    return filesIn('secret', { name: secret.secretName, optional: secret.optional }, options)
  if (configMap) return filesIn('configmap', configMap, options)
  if (downwardAPI) return projection({ downwardAPI }, options)
  if (projected === undefined) return undefined
  const sources = projected.sources ?? []
  const each = await Promise.all(sources.map(source => projection(source, options)))
  return Object.assign({}, ...each)
}

const projection = async (source: V1VolumeProjection, options: VolumeOptions): Promise<Files> => {
  const { serviceAccountToken: token, downwardAPI, configMap, secret } = source
  if (token) return { [token.path]: await tokenFor(token, options) }
  if (configMap) return filesIn('configmap', configMap, options)
  if (secret) return filesIn('secret', secret, options)
  const items = downwardAPI?.items ?? []
  const fields = items.map(({ path, fieldRef }) => [
    path,
    fieldOf(options.pod, fieldRef?.fieldPath ?? ''),
  ])
  return Object.fromEntries(fields)
}

interface Reference {
  readonly name?: string | undefined
  readonly optional?: boolean | undefined
}

/** A pod does not start before what it mounts is there, unless it says that it can do without. */
const filesIn = async (
  kind: 'secret' | 'configmap',
  { name = '', optional = false }: Reference,
  { controlPlane, pod }: VolumeOptions,
): Promise<Files> => {
  const get = ['get', kind, name, '-n', pod.namespace, '-o', 'json']
  let found = await controlPlane.kubectl(...get)
  for (let tries = 1; found.code !== 0 && !optional && tries < MOUNT_TRIES; tries++) {
    await sleep(TRY_AGAIN_MS)
    found = await controlPlane.kubectl(...get)
  }
  if (found.code !== 0 && optional) return {}
  if (found.code !== 0) throw new Error(`the kubelet (stand-in) cannot mount: ${found.stderr}`)
  return decoded(JSON.parse(found.stdout).data ?? {}, kind === 'secret' ? 'base64' : 'utf8')
}

const decoded = (data: Readonly<Record<string, string>>, encoding: BufferEncoding): Files =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, encoding)]),
  )

const tokenFor = async (
  { audience, expirationSeconds = 3600 }: V1ServiceAccountTokenProjection,
  { controlPlane, pod }: VolumeOptions,
): Promise<string> => {
  const duration = `--duration=${expirationSeconds}s`
  const flags = audience === undefined ? [duration] : [duration, `--audience=${audience}`]
  const create = ['create', 'token', pod.serviceAccount, '-n', pod.namespace, ...flags]
  const { stdout, stderr, code } = await controlPlane.kubectl(...create)
  if (code !== 0) throw new Error(`the kubelet (stand-in) gets no token: ${stderr}`)
  return stdout.trim()
}
