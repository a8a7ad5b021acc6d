import { stringify } from 'yaml'
import { MESH_ANNOTATION, MTLS_ANNOTATION } from '../core/annotations.ts'
import type { JsonObject } from '../core/types.ts'
import { viewUpstream } from '../core/upstream.ts'
import { type MarkedSslConfig, markedSslConfig } from '../core/upstream-ownership.ts'
import { writeOf } from '../core/write-of.ts'

export interface Sample {
  readonly namespace: string
  /** `<namespace>.<name>`; undefined leaves it to the webhook. */
  readonly mesh?: string | undefined
}

/** In a namespace that nobody has, so that no label, policy, Service or pod has a say. */
const HOST = { addr: 'gloo-istio-check.gloo-istio-check.svc', port: 80 }

/** An Upstream that is to be filled for its annotation alone. */
export const sampleUpstream = ({ namespace, mesh }: Sample, mtls = 'enabled'): JsonObject => ({
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Upstream',
  metadata: {
    generateName: 'gloo-istio-check-',
    namespace,
    annotations: {
      [MTLS_ANNOTATION]: mtls,
      ...(mesh !== undefined && { [MESH_ANNOTATION]: mesh }),
    },
  },
  spec: { static: { hosts: [HOST] } },
})

/** Not a value of that annotation: the webhook warns of it in each of its stages. */
const SLIP = 'check'

/** What the API server made of an Upstream, and what it said. */
export interface Admitted {
  readonly object: JsonObject
  readonly warnings: readonly string[]
}

export interface Verdict {
  readonly kind: 'filled' | 'answered' | 'unanswered'
  /** What was filled, in YAML; else why nothing was, and what to do. */
  readonly text: string
}

type Admit = (upstream: JsonObject) => Promise<Admitted>

/** Asks what would become of a sample. Rejects as `admit` does. */
export const checkWebhook = async (sample: Sample, admit: Admit): Promise<Verdict> => {
  const { object, warnings } = await admit(sampleUpstream(sample))
  const marked = markedSslConfig(writeOf(object))
  if (marked.state !== 'unmarked') return filled(object, marked)
  const said = warnings.filter(isOurs)
  if (said.length > 0) return { kind: 'answered', text: said.join('\n') }
  const slip = await admit(sampleUpstream(sample, SLIP))
  return slip.warnings.some(isOurs)
    ? { kind: 'answered', text: NOTHING_SAID }
    : { kind: 'unanswered', text: nobodyAnswered(sample) }
}

const isOurs = (warning: string): boolean => warning.startsWith('gloo-istio: ')

const filled = (object: JsonObject, { mesh, state }: MarkedSslConfig): Verdict => {
  const { field, sslConfig } = viewUpstream(object)
  const what = `${field}.sslConfig was filled with the certificates of mesh ${mesh}`
  return state === 'intact'
    ? { kind: 'filled', text: `${what}:\n${stringify(sslConfig)}` }
    : { kind: 'answered', text: `${what}, and changed after it by another webhook: find out which` }
}

const NOTHING_SAID =
  'the webhook answers, but keeps silent about an Upstream that it is to fill, as in stage observe: set stage to inject, or see its log for the reason'

const nobodyAnswered = ({ namespace }: Sample): string =>
  `nobody answered for an Upstream in namespace ${namespace}: it would be stored as it was sent
see that
- the webhook is registered, and each caBundle filled: kubectl get mutatingwebhookconfigurations -l app.kubernetes.io/name=gloo-istio -o yaml
- its namespaceSelector does not leave namespace ${namespace} out; --namespace names another
- its pods are ready: kubectl get pods -A -l app.kubernetes.io/name=gloo-istio
- its log has no errors: kubectl logs -n <namespace> deployment/<name>`
