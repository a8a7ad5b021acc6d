import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { oneMesh } from '../chart/chart.ts'
import { manifest } from '../demo/stage.ts'
import { GLOO_SYSTEM } from '../harness/live.ts'
import type { RealCluster } from './cluster.ts'

/** The namespace and the name of the release, as the README has them. */
export const RELEASE = 'gloo-istio'

export const CHART = fileURLToPath(new URL('../../charts/gloo-istio', import.meta.url))

/** The pods of the release that serve. */
export const SELECTOR = `app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=webhook`

/** Helm waits for the cluster, not for what is wrong. */
const TIMEOUT = '--timeout=120s'

/** Runs a command that is to succeed; returns what it printed. */
export const must = async (
  tool: RealCluster['kubectl'],
  ...args: readonly string[]
): Promise<string> => {
  const { stdout, stderr, code } = await tool(...args)
  if (code !== 0) throw new Error(`${args.slice(0, 3).join(' ')} … ended with ${code}: ${stderr}`)
  return stdout
}

/** The chart's values that name an image, [registry/]repository[:tag][@digest]. */
export const imageFlags = (image: string): readonly string[] => {
  const [, registry = '', repository = '', tag = '', digest = ''] =
    /^(?:([^/]*[.:][^/]*|localhost)\/)?([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(image) ?? []
  const parts = { registry, repository, tag, digest }
  return Object.entries(parts).map(([part, value]) => `--set-string=image.${part}=${value}`)
}

/** Helm at work on the release. Throws when Helm fails. */
export const helmOn =
  (cluster: RealCluster) =>
  (verb: string, ...args: readonly string[]): Promise<string> =>
    must(cluster.helm, verb, RELEASE, ...args, `--namespace=${RELEASE}`, TIMEOUT)

/** An image of the cluster's, and a mesh that is not there to be found. */
export const valuesFor = ({ image }: RealCluster): readonly string[] => [
  ...oneMesh.map(value => `--set=${value}`),
  ...imageFlags(image),
]

/** Of Gloo's CRDs, those that the product is about. */
const CRDS = ['upstream-crd', 'settings-crd']

/** Gloo's kinds and namespace, and one for the release under the restricted standard; all of it goes with the test. */
export const makeRoom = async (t: Test, { kubectl, helm }: RealCluster): Promise<void> => {
  for (const crd of CRDS) await must(kubectl, 'apply', '-f', manifest(crd))
  for (const namespace of [GLOO_SYSTEM, RELEASE])
    await must(kubectl, 'create', 'namespace', namespace)
  const label = 'pod-security.kubernetes.io/enforce=restricted'
  await must(kubectl, 'label', 'namespace', RELEASE, label)
  t.teardown(async () => {
    await helm('uninstall', RELEASE, `--namespace=${RELEASE}`, '--ignore-not-found')
    await kubectl('delete', 'namespace', RELEASE, GLOO_SYSTEM, '--ignore-not-found')
    for (const crd of CRDS) await kubectl('delete', '-f', manifest(crd), '--ignore-not-found')
  })
}
