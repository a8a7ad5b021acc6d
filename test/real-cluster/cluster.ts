import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Outcome, run } from '../parts/command.ts'
import { requirePart, skipUnless } from '../parts/parts.ts'
import { loadImage } from './node/containerd.ts'
import type { Node } from './node/node.ts'
import { give, ordersOf } from './orders.ts'

/** What suites are told by environment variables, KUBECONFIG beside them. */
export interface ClusterEnvironment {
  /** Image of the product that nodes of the cluster have or can pull. */
  readonly GLOO_ISTIO_IMAGE: string
  /** Folder of the node, where it is one of `npm run test:cluster`. */
  readonly GLOO_ISTIO_NODE?: string
}

/** A node that suites may do more to than to a cluster of somebody else's. */
export interface OwnNode {
  /** This machine's address, as pods see it. */
  readonly host: string
  /** Makes an image known to it, from an archive in Docker's form. */
  readonly loadImage: (archive: string) => Promise<void>
  /** Kills etcd, API server, controllers and scheduler; pods run on. */
  readonly haltControlPlane: () => Promise<void>
  /** Starts them anew; returns when the API server is ready. */
  readonly resumeControlPlane: () => Promise<void>
  /** The one, then the other. */
  readonly restartControlPlane: () => Promise<void>
}

/** A whole cluster, with pods. */
export interface RealCluster {
  readonly kubeconfig: string
  /** The product's image. */
  readonly image: string
  /** Runs to the end, whatever comes of it. */
  readonly kubectl: (...args: string[]) => Promise<Outcome>
  readonly helm: (...args: string[]) => Promise<Outcome>
  /** Undefined where KUBECONFIG named the cluster. */
  readonly node: OwnNode | undefined
}

const factsFile = (dir: string): string => join(dir, 'node.json')

/** Leaves word of a node for suites. */
export const announceNode = ({ dir, host }: Node): void =>
  writeFileSync(factsFile(dir), JSON.stringify({ host }))

const nodeIn = (dir: string): OwnNode => {
  const { host } = JSON.parse(readFileSync(factsFile(dir), 'utf8'))
  const order = (name: 'halt' | 'resume') => () => give(ordersOf(dir), name)
  const [haltControlPlane, resumeControlPlane] = [order('halt'), order('resume')]
  return {
    host,
    loadImage: archive => loadImage(dir, archive),
    haltControlPlane,
    resumeControlPlane,
    restartControlPlane: async () => {
      await haltControlPlane()
      await resumeControlPlane()
    },
  }
}

/** Why there is no cluster to run in, or false: made for tap's option `skip`. */
export const skipWithoutCluster = (): string | false => {
  const { KUBECONFIG, GLOO_ISTIO_IMAGE } = process.env
  if (!KUBECONFIG || !GLOO_ISTIO_IMAGE)
    return 'needs a whole cluster: npm run test:cluster -- FILE brings one up'
  return skipUnless('kubectl', 'helm')
}

/** The cluster that the environment names. For code that runs behind `skipWithoutCluster`. */
export const requireCluster = (): RealCluster => {
  const {
    KUBECONFIG: kubeconfig = '',
    GLOO_ISTIO_IMAGE: image = '',
    GLOO_ISTIO_NODE: dir,
  } = process.env
  const runner =
    (file: string) =>
    (...args: string[]) =>
      run({ file, args: ['--kubeconfig', kubeconfig, ...args] })
  return {
    kubeconfig,
    image,
    kubectl: runner(requirePart('kubectl').kubectl),
    helm: runner(requirePart('helm').helm),
    node: dir ? nodeIn(dir) : undefined,
  }
}
