import { textAt } from '../src/core/json.ts'
import type { JsonObject } from '../src/core/types.ts'
import { ENABLED } from '../test/harness/build.ts'
import {
  discovered,
  eventually,
  GLOO_SYSTEM,
  type Live,
  sslConfigOf,
} from '../test/harness/live.ts'
import type { Measured } from './subjects/subject.ts'

export const UPSTREAMS = `/apis/gloo.solo.io/v1/namespaces/${GLOO_SYSTEM}/upstreams`
const ADMISSIONS = '/apis/admissionregistration.k8s.io/v1'
const IN_FORCE_SECONDS = 60

/** What the API server does to a write before it stores it. */
export interface Admission {
  readonly name: string
  /** Have the API server do so, by being there. */
  readonly objects: readonly JsonObject[]
  /** Of the webhook that it asks. */
  readonly server?: Measured
}

/** An Upstream that each of them changes. */
export const annotated = (name: string, labels: JsonObject = {}): JsonObject => {
  const upstream = discovered('bookinfo', name)
  const metadata = upstream['metadata'] as JsonObject
  const spec = { ...(upstream['spec'] as JsonObject), discoveryMetadata: { labels } }
  return { ...upstream, metadata: { ...metadata, annotations: ENABLED }, spec }
}

/** Has every write of an Upstream go by this webhook. */
export const askedFor = (server: Measured): Admission => ({
  name: server.name,
  server,
  objects: [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'bench' },
      webhooks: [
        {
          name: 'bench.example.com',
          clientConfig: { url: server.url, caBundle: Buffer.from(server.caPem).toString('base64') },
          rules: [
            {
              apiGroups: ['gloo.solo.io'],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['upstreams'],
            },
          ],
          admissionReviewVersions: ['v1'],
          failurePolicy: 'Fail',
          sideEffects: 'None',
        },
      ],
    },
  ],
})

const RESOURCES: Readonly<Record<string, string>> = {
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  MutatingAdmissionPolicy: 'mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding: 'mutatingadmissionpolicybindings',
}

const collectionOf = (object: JsonObject): string =>
  `${ADMISSIONS}/${RESOURCES[textAt(object, 'kind')]}`

/** Whether a write comes out changed; nothing is stored. */
const changes = async ({ api }: Live): Promise<boolean> => {
  const body = annotated('probe')
  const query = { dryRun: 'All' }
  return (
    sslConfigOf(await api.request({ method: 'POST', path: UPSTREAMS, query, body })) !== undefined
  )
}

const remove = ({ api }: Live, object: JsonObject): Promise<unknown> =>
  api.request({
    method: 'DELETE',
    path: `${collectionOf(object)}/${textAt(object, 'metadata', 'name')}`,
  })

/** Runs while this admission is in force, and no other. */
export const during = async <T>(
  live: Live,
  { name, objects }: Admission,
  run: () => Promise<T>,
): Promise<T> => {
  const { api } = live
  for (const body of objects) await api.request({ method: 'POST', path: collectionOf(body), body })
  const until = (what: string, isExpected: boolean) =>
    eventually(what, async () => (await changes(live)) === isExpected, IN_FORCE_SECONDS)
  try {
    await until(`${name} is in force`, objects.length > 0)
    return await run()
  } finally {
    for (const object of objects) await remove(live, object)
    await until(`${name} is gone`, false)
  }
}
