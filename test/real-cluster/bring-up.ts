import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { locate } from '../parts/cache.ts'
import { madePart } from '../parts/made-part.ts'
import { node as nodePart } from '../parts/node.ts'
import { explain, findMissing } from '../parts/parts.ts'
import { prepareParts } from '../parts/prepare.ts'
import { exitOnSignals } from '../parts/processes.ts'
import { announceNode, type ClusterEnvironment } from './cluster.ts'
import { writeImages } from './mesh/images.ts'
import { startNode } from './node/node.ts'
import { takeOrders } from './orders.ts'
import { archiveProduct, PRODUCT_IMAGE } from './product-image.ts'

/** Parts that suites run as pods, or by. */
const PARTS = ['kubernetes', 'kubectl', 'helm', 'istio', 'envoy'] as const

const began = Date.now()

/** A line of what goes on, with the seconds since the start. */
export const tell = (text: string): void =>
  console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${text}`)

/** Why the parts cannot be made here, or false. */
export const whyNoParts = (): string | false => {
  const missing = [
    ...findMissing(PARTS).map(explain),
    ...(locate(nodePart) ? [] : nodePart.tools.filter(tool => !tool.isPresent())).map(
      ({ name, install }) => `needs ${name} (${install})`,
    ),
  ]
  return missing.length > 0 && missing.join('; ')
}

const programsOfNode = async () => {
  await prepareParts(PARTS)
  return madePart(nodePart, tell)
}

/** A folder that goes with this process. */
const folderOfProcess = (): string => {
  exitOnSignals()
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-cluster-'))
  // A program that this process takes along may be writing yet.
  process.once('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }))
  return dir
}

const product = async (dir: string): Promise<string> => {
  tell('building the image of the Dockerfile')
  const archive = await archiveProduct(join(dir, 'images'))
  tell('the image is built')
  return archive
}

/** Writes archives of the product's image and of the mesh's into a folder; returns their paths. */
export const writeAllImages = async (folder: string): Promise<readonly string[]> => {
  await prepareParts(PARTS)
  const dir = folderOfProcess()
  const archives = { 'gloo-istio.tar': await product(dir), 'mesh.tar': await writeImages(dir) }
  mkdirSync(folder, { recursive: true })
  return Object.entries(archives).map(([name, archive]) => {
    const kept = resolve(folder, name)
    copyFileSync(archive, kept)
    return kept
  })
}

/** Brings up a node that ends with this process, with the product's image in it. */
export const bringUp = async (): Promise<NodeJS.ProcessEnv & ClusterEnvironment> => {
  const programs = await programsOfNode()
  const dir = folderOfProcess()
  const [node, archive] = await Promise.all([
    startNode({ programs, dir, progress: tell }),
    product(dir),
  ])
  announceNode(node)
  await takeOrders(node)
  await node.loadImage(archive)
  return { KUBECONFIG: node.kubeconfig, GLOO_ISTIO_IMAGE: PRODUCT_IMAGE, GLOO_ISTIO_NODE: dir }
}
