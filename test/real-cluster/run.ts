import { fileURLToPath } from 'node:url'
import { prepareParts } from '../parts/prepare.ts'
import { printSummary } from '../setup/summary.ts'
import type { Tally } from '../setup/tally.ts'
import { bringUp, tell, whyNoParts, writeAllImages } from './bring-up.ts'
import { whyNoImages, whyNoNode } from './node/missing.ts'
import { occupants } from './occupied.ts'
import { PRODUCT_IMAGE } from './product-image.ts'
import { runInCluster, runInOwnCluster } from './suites.ts'

const fail = (message: string): never => {
  console.error(`test:cluster: ${message}`)
  process.exit(1)
}

/** Leaves a cluster up until it is interrupted. */
const keep = async (): Promise<never> => {
  const reason = whyNoNode() || whyNoParts()
  if (reason) return fail(reason)
  const environment = Object.entries(await bringUp()).map(([name, value]) => `${name}=${value}`)
  tell('it stays up until Ctrl-C; for kubectl, helm and npm run test:cluster -- FILE:')
  console.log(`export ${environment.join(' ')}`)
  setInterval(() => {}, 1 << 30)
  return new Promise(() => {})
}

/** Leaves all images in a folder, as archives in Docker's form, for a cluster of somebody else's. */
const leaveImages = async (folder: string | undefined): Promise<never> => {
  if (!folder) return fail('--images needs a folder to write to')
  const reason = whyNoImages() || whyNoParts()
  if (reason) return fail(reason)
  for (const archive of await writeAllImages(folder)) tell(`written: ${archive}`)
  tell(
    `load them on each node, as by kind load image-archive; GLOO_ISTIO_IMAGE is ${PRODUCT_IMAGE}`,
  )
  process.exit(0)
}

/** In a cluster of somebody else's, which is to have nothing that suites would take away. */
const runElsewhere = async (args: readonly string[]): Promise<Tally> => {
  const { KUBECONFIG, GLOO_ISTIO_IMAGE, GLOO_ISTIO_NODE } = process.env
  if (!GLOO_ISTIO_IMAGE)
    return fail(
      `KUBECONFIG names a cluster (${KUBECONFIG}). Name by GLOO_ISTIO_IMAGE an image of the Dockerfile that its ` +
        'nodes have or can pull (npm run test:cluster -- --images FOLDER writes one), or unset KUBECONFIG to have ' +
        'a cluster brought up here.',
    )
  await prepareParts(['kubectl', 'helm'])
  const found = GLOO_ISTIO_NODE ? [] : await occupants()
  if (found.length > 0)
    return fail(
      `the cluster of ${KUBECONFIG} has ${found.join(', ')}, which the suites make and remove. Take a cluster ` +
        'without Gloo and Istio, or unset KUBECONFIG to have one brought up here.',
    )
  return runInCluster(args)
}

process.chdir(fileURLToPath(new URL('../..', import.meta.url)))
const args = process.argv.slice(2)
if (args.includes('--keep')) await keep()
if (args.includes('--images')) await leaveImages(args[args.indexOf('--images') + 1])
const tally = await (process.env['KUBECONFIG'] ? runElsewhere(args) : runInOwnCluster(args))
printSummary(tally)
process.exit(tally.failures.length > 0 ? 1 : 0)
