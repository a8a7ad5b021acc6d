import { certificatesIn } from '../../src/certs/pem.ts'
import { items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import type { Live } from '../harness/live.ts'
import { NAMES } from './stage.ts'

const SECRET = `/api/v1/namespaces/${NAMES.namespace}/secrets/${NAMES.secret}`
const CONFIGURATION = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAMES.configuration}`
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** The Secret and the registration of a release, as somebody sees and spoils them who may do anything. */
export const releaseOn = ({ api }: Live) => {
  const change = (path: string, body: unknown, contentType = 'application/merge-patch+json') =>
    api.request({ method: 'PATCH', path, body, contentType })
  /** A key of the Secret, as text; empty when it is not there. */
  const held = async (key: string): Promise<string> =>
    Buffer.from(textAt(await api.request({ path: SECRET }), 'data', key), 'base64').toString()
  /** Writes keys of the Secret; null takes one away. */
  const put = (data: Readonly<Record<string, string | null>>) => {
    const coded = Object.entries(data).map(([key, text]) => [key, text && base64(text)])
    return change(SECRET, { data: Object.fromEntries(coded) })
  }
  const webhooks = async () =>
    items((await api.request({ path: CONFIGURATION }))['webhooks']) as readonly JsonObject[]
  /** The certificates that each webhook trusts. */
  const published = async (): Promise<readonly (readonly string[])[]> =>
    (await webhooks()).map(webhook => {
      const bundle = textAt(webhook, 'clientConfig', 'caBundle')
      return certificatesIn(Buffer.from(bundle, 'base64').toString())
    })
  return {
    change,
    held,
    put,
    published,
    remove: () => api.request({ method: 'DELETE', path: SECRET }),
    /** Asks for another authority. */
    rotate: () => {
      const annotations = { 'gloo-istio.io/rotate-before': new Date().toISOString() }
      return change(SECRET, { metadata: { annotations } })
    },
    /** Whether each webhook trusts these certificates, and no other. */
    publishes: async (...wanted: readonly string[]): Promise<boolean> =>
      (await published()).every(
        bundle => bundle.length === wanted.length && wanted.every(pem => bundle.includes(pem)),
      ),
    /** Writes a bundle into each webhook; null blanks it. */
    publish: async (caPem: string | null) => {
      const caBundle = caPem && base64(caPem)
      const named = (await webhooks()).map(({ name }) => ({ name, clientConfig: { caBundle } }))
      await change(CONFIGURATION, { webhooks: named }, 'application/strategic-merge-patch+json')
    },
  }
}

export type Release = ReturnType<typeof releaseOn>
