import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { V1Deployment } from '@kubernetes/client-node'
import {
  type Container,
  containerOf,
  type Images,
  type Mount,
  mountsOf,
  startAll,
} from './pod-containers.ts'
import type { PodFacts } from './pod-environment.ts'
import { fillVolume, type VolumeOptions } from './pod-volumes.ts'

export interface PodOptions extends Omit<VolumeOptions, 'pod'> {
  readonly deployment: V1Deployment
  readonly images: Images
}

export interface Pod {
  readonly mounts: readonly Mount[]
  readonly container: (name: string) => Container
  /** The kubelet looks at Secrets and ConfigMaps about once a minute; this is one such look. */
  readonly sync: () => Promise<void>
  readonly stop: () => Promise<void>
}

const factsOf = ({ metadata, spec }: V1Deployment): PodFacts => ({
  name: `${metadata?.name}-5d8c7f9b6-x7k2p`,
  namespace: metadata?.namespace ?? 'default',
  serviceAccount: spec?.template.spec?.serviceAccountName ?? 'default',
  labels: spec?.template.metadata?.labels ?? {},
  annotations: spec?.template.metadata?.annotations ?? {},
})

/** Links stand for bind mounts: a volume appears in every container that mounts it. */
const mount = (root: string, { mountPath }: Mount, folder: string) => {
  const place = join(root, mountPath).replace(/\/$/, '')
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(folder, place)
}

/**
 * Does what the kubelet would do for a pod of the Deployment, without root and without containers:
 * each container gets a folder for its root, its volumes in it, and a process that runs its image.
 */
export const startPod = async ({ deployment, images, ...options }: PodOptions): Promise<Pod> => {
  const [pod, spec] = [factsOf(deployment), deployment.spec?.template.spec]
  const volumes = spec?.volumes ?? []
  const specs = spec?.containers ?? []
  const mounts = specs.flatMap(mountsOf)
  const folders = new Map<string, string>()
  const fill = async () => {
    for (const volume of volumes)
      folders.set(volume.name, await fillVolume(volume, { ...options, pod }))
  }
  await fill()
  const containers = specs.map(container => containerOf(container, options.dir, pod))
  for (const each of mounts)
    mount(join(options.dir, each.container), each, folders.get(each.volume) ?? '')
  const started = await startAll(containers, images)
  return {
    mounts,
    container: name => containers.find(container => container.name === name) ?? missing(name),
    sync: fill,
    stop: async () => void (await Promise.all(started.map(running => running.stop()))),
  }
}

const missing = (what: string): never => {
  throw new Error(`the kubelet (stand-in) knows nothing of ${what}`)
}
