import { ApiError } from '../../src/cluster/api.ts'
import { eventually, type Live } from '../harness/live.ts'

const REGISTRATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

let count = 0

/** Refuses a ConfigMap of this label, as nobody answers for it, and nothing else. */
const refusing = (name: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name },
  webhooks: [
    {
      name: `${name}.example.com`,
      clientConfig: { url: 'https://127.0.0.1:1/mutate' },
      failurePolicy: 'Fail',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      objectSelector: { matchLabels: { heard: name } },
      rules: [
        { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] },
      ],
    },
  ],
})

/**
 * Waits until the API server goes by every registration as it is stored now. It hears of them in the order in
 * which they were written: once it goes by one that is written last, it goes by all.
 */
export const untilHeard = async ({ api }: Live): Promise<void> => {
  const name = `heard-${++count}`
  await api.request({ method: 'POST', path: REGISTRATIONS, body: refusing(name) })
  const body = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'default', name, labels: { heard: name } },
  }
  const ask = { method: 'POST', path: CONFIG_MAPS, query: { dryRun: 'All' }, body } as const
  const isRefused = () =>
    api.request(ask).then(
      () => false,
      error => error instanceof ApiError && error.message.includes(`${name}.example.com`),
    )
  try {
    await eventually('the API server has heard of the registrations', isRefused)
  } finally {
    await api.request({ method: 'DELETE', path: `${REGISTRATIONS}/${name}` })
  }
}
