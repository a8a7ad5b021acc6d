import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { V1Container } from '@kubernetes/client-node'
import { argumentsOf, environmentOf, type PodFacts } from './pod-environment.ts'
import { type Reroot, rerooter } from './reroot.ts'

/** A container about to run: a folder for its root, and what it is told. */
export interface Container {
  readonly name: string
  readonly image: string
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  readonly args: readonly string[]
  readonly log: string
  readonly reroot: Reroot
}

/** What an image is, in place of a registry. */
export type StartImage = (container: Container) => Promise<{ stop: () => unknown }>

/** By the last part of the image's name, without the tag. */
export type Images = Readonly<Record<string, StartImage>>

export interface Mount {
  readonly container: string
  readonly volume: string
  readonly mountPath: string
}

export const mountsOf = ({ name: container, volumeMounts = [] }: V1Container): readonly Mount[] =>
  volumeMounts.map(({ name: volume, mountPath }) => ({ container, volume, mountPath }))

const imageName = ({ image = '' }: V1Container) => image.split('/').at(-1)?.split(/[:@]/)[0] ?? ''

/** Its folder, and what it is told, with the paths that it mounts moved there. */
export const containerOf = (container: V1Container, dir: string, pod: PodFacts): Container => {
  const root = join(dir, container.name)
  mkdirSync(root, { recursive: true })
  const reroot = rerooter(
    root,
    mountsOf(container).map(({ mountPath }) => mountPath),
  )
  const env = environmentOf(container, pod)
  return {
    name: container.name,
    image: imageName(container),
    root,
    env: reroot(env),
    args: reroot(argumentsOf(container, env)),
    log: join(dir, `${container.name}.log`),
    reroot,
  }
}

/** All at once: the kubelet waits for no container to be ready before it starts the next. */
export const startAll = async (containers: readonly Container[], images: Images) => {
  const starts = containers.map(async container => {
    const startImage = images[container.image]
    if (startImage === undefined) throw new Error(`no image ${container.image} here`)
    return startImage(container)
  })
  const outcomes = await Promise.allSettled(starts)
  const running = outcomes.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
  const failed = outcomes.find(each => each.status === 'rejected')
  if (failed === undefined) return running
  await Promise.all(running.map(each => each.stop()))
  throw failed.reason
}
