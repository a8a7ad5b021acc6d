import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { API_SERVER } from '../chart/monitoring.ts'
import { must } from '../demo/stage.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'
import { freePort } from '../parts/ports.ts'

/** Nobody listens there: every call fails. */
const webhook = (failurePolicy: 'Ignore' | 'Fail', resource: string, port: number) => ({
  name: `${failurePolicy.toLowerCase()}.gloo-istio.io`,
  clientConfig: { url: `https://127.0.0.1:${port}/mutate` },
  failurePolicy,
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: [resource], operations: ['CREATE'] }],
})

/** The labels of each series of a webhook of ours, by its metric. */
const labelsOf = (text: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...text.matchAll(/^(\w+)\{(.*name="\w+\.gloo-istio\.io".*)\} /gm)].map(
      ([, name = '', labels = '']) => [
        name,
        [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label).toSorted(),
      ],
    ),
  )

t.test('the API server', { skip: skipUnless('kubernetes', 'kubectl') }, async t => {
  const dir = t.testdir()
  const controlPlane = await startControlPlane({ dir: join(dir, 'control-plane') })
  t.teardown(() => controlPlane.stop())
  const port = await freePort()
  const file = join(dir, 'webhooks.json')
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'gloo-istio' },
    webhooks: [webhook('Ignore', 'configmaps', port), webhook('Fail', 'services', port)],
  }
  writeFileSync(file, JSON.stringify(configuration))
  await must(controlPlane, 'apply', '-f', file)

  /** It takes the API server a moment to see the configuration. */
  const measured = async (): Promise<string> => {
    await controlPlane.kubectl('create', 'configmap', `probe-${Date.now()}`)
    const { code } = await controlPlane.kubectl(
      'create',
      'service',
      'externalname',
      `probe-${Date.now()}`,
      '--external-name=example.com',
    )
    return code === 0 ? measured() : must(controlPlane, 'get', '--raw', '/metrics')
  }

  await t.test(
    'counts its calls by the names and labels that alerts and dashboard ask for',
    async t => {
      const found = labelsOf(await measured())
      for (const [name, labels] of Object.entries(API_SERVER))
        t.strictSame(found.get(name), labels.toSorted(), name)
    },
  )
})
