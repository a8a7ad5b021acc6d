import {
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node'
import { field, fieldAt, items } from '../core/json.ts'

/** v1 from Kubernetes 1.16; v1beta1 is all that older ones have. */
const API_VERSIONS = ['admissionregistration.k8s.io/v1', 'admissionregistration.k8s.io/v1beta1']
const KIND = 'MutatingWebhookConfiguration'
const FIELD_MANAGER = 'gloo-istio'

/** The MutatingWebhookConfiguration that registers us, as far as we own it: its caBundle. */
export class WebhookConfiguration {
  readonly #api: KubernetesObjectApi
  readonly #name: string

  constructor(kubeConfig: KubeConfig, name: string) {
    this.#api = KubernetesObjectApi.makeApiClient(kubeConfig)
    this.#name = name
  }

  /**
   * Writes `caPem` into each of its webhooks, unless it is there already. Answers whether it wrote.
   * Throws what the API server answered.
   */
  async publish(caPem: string): Promise<boolean> {
    const found = await this.#read()
    const caBundle = Buffer.from(caPem, 'utf8').toString('base64')
    const webhooks = items(field(found, 'webhooks'))
    const stale = webhooks.filter(
      webhook => fieldAt(webhook, 'clientConfig', 'caBundle') !== caBundle,
    )
    if (stale.length === 0) return false
    const patch = {
      apiVersion: found.apiVersion ?? '',
      kind: KIND,
      metadata: { name: this.#name },
      // A strategic merge finds each webhook by its name and leaves the rest of it alone.
      webhooks: stale.map(webhook => ({
        name: field(webhook, 'name'),
        clientConfig: { caBundle },
      })),
    }
    await this.#api.patch(
      patch,
      undefined,
      undefined,
      FIELD_MANAGER,
      undefined,
      PatchStrategy.StrategicMergePatch,
    )
    return true
  }

  async #read(): Promise<KubernetesObject> {
    const errors: unknown[] = []
    for (const apiVersion of API_VERSIONS) {
      try {
        return await this.#api.read({ apiVersion, kind: KIND, metadata: { name: this.#name } })
      } catch (error) {
        errors.push(error)
      }
    }
    throw errors[0]
  }
}
