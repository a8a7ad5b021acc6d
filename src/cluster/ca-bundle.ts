import { field, fieldAt, items, textAt, textOf } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'
import type { ApiClient } from './api.ts'
import { BackOff } from './back-off.ts'
import { OneObject, type OneObjectPorts } from './one-object.ts'

export interface CaBundleOptions {
  /** Of the MutatingWebhookConfiguration. */
  readonly name: string
  /** Whether we write the bundle; else somebody does, and it is only read. */
  readonly isOurs: boolean
  readonly ports: OneObjectPorts & { readonly api: Pick<ApiClient, 'request' | 'lines'> }
  /** The certificates in a text, spelled alike whoever wrote it. */
  readonly certificatesIn: (pem: string) => readonly string[]
  /** What it should hold, given what it holds; undefined until that is known. */
  readonly wanted: (published: readonly string[]) => readonly string[] | undefined
  /** Hears that something else is published than before. */
  readonly onChange: () => void
  readonly onWritten: () => void
  readonly onFailure: (error: unknown, retryAfterSeconds: number) => void
}

/** v1 from Kubernetes 1.16; v1beta1 is all that older ones have. */
const PATHS = ['v1', 'v1beta1'].map(
  version => `/apis/admissionregistration.k8s.io/${version}/mutatingwebhookconfigurations`,
)
const FIELD_MANAGER = 'gloo-istio'
/**
 * Replicas hear of a new authority at different moments, and none is to take away what another has just
 * written. What is missing is added at once: writes may fail for it.
 */
const CALM_MS = 250

/** The caBundle of our MutatingWebhookConfiguration: read back, and put right whenever it is not as wanted. */
export class CaBundle {
  readonly #options: CaBundleOptions
  readonly #configuration: OneObject
  readonly #backOff: BackOff
  readonly #closing = new AbortController()
  #published: readonly string[] = []
  #isMending = false

  constructor(options: CaBundleOptions) {
    const { name, ports } = options
    this.#options = options
    this.#backOff = new BackOff(ports.random)
    const kind = `MutatingWebhookConfiguration ${name}`
    const onChange = (object: JsonObject | undefined) => this.#take(object)
    this.#configuration = new OneObject({ kind, paths: PATHS, name, ports, onChange })
  }

  /** The certificates that the API server trusts for each of its webhooks; undefined until it is known. */
  get published(): readonly string[] | undefined {
    return this.#configuration.isHeard ? this.#published : undefined
  }

  /** Whether the MutatingWebhookConfiguration is there. */
  get isInstalled(): boolean {
    return this.#configuration.object !== undefined
  }

  /** Whether what is published is what is wanted. */
  get isInSync(): boolean {
    const wanted = this.#options.wanted(this.#published)
    return this.isInstalled && wanted !== undefined && this.#stale(wanted).length === 0
  }

  start(): void {
    this.#configuration.start()
  }

  close(): void {
    this.#closing.abort()
    this.#configuration.close()
  }

  /** Looks whether the bundle is as wanted, and sees to it until it is. */
  check(): void {
    if (this.#isMending || !this.#isToBeMended()) return
    this.#isMending = true
    void this.#mend().finally(() => {
      this.#isMending = false
    })
  }

  #isToBeMended(): boolean {
    const { isOurs, wanted } = this.#options
    return isOurs && this.isInstalled && wanted(this.#published) !== undefined && !this.isInSync
  }

  #isMissingAny(): boolean {
    const wanted = this.#options.wanted(this.#published) ?? []
    return wanted.some(certificate => !this.#published.includes(certificate))
  }

  async #mend(): Promise<void> {
    const { signal } = this.#closing
    for (let wait = this.#isMissingAny() ? 0 : CALM_MS; !signal.aborted; ) {
      if (wait > 0) await this.#options.ports.sleep(wait, signal).catch(() => {})
      if (signal.aborted || !this.#isToBeMended()) return
      wait = await this.#write().catch((error: unknown) => {
        const next = this.#backOff.fail()
        this.#options.onFailure(error, next / 1000)
        return next
      })
    }
  }

  /** Answers the milliseconds after which to look again. */
  async #write(): Promise<number> {
    const wanted = this.#options.wanted(this.#published) ?? []
    const caBundle = Buffer.from(wanted.join('')).toString('base64')
    const { object = {} } = this.#configuration
    const body = {
      // A strategic merge finds each webhook by its name and leaves the rest of it alone.
      webhooks: this.#stale(wanted).map(webhook => ({
        name: field(webhook, 'name'),
        clientConfig: { caBundle },
      })),
    }
    const collection = `/apis/${textAt(object, 'apiVersion')}/mutatingwebhookconfigurations`
    const written = await this.#options.ports.api.request({
      method: 'PATCH',
      path: `${collection}/${encodeURIComponent(this.#options.name)}`,
      query: { fieldManager: FIELD_MANAGER },
      body,
      contentType: 'application/strategic-merge-patch+json',
    })
    this.#backOff.forget()
    this.#configuration.take(written)
    this.#options.onWritten()
    return CALM_MS
  }

  #take(object: JsonObject | undefined): void {
    const bundles = webhooksOf(object).map(webhook => this.#bundleIn(webhook))
    const [first = [], ...others] = bundles
    const published = first.filter(pem => others.every(bundle => bundle.includes(pem)))
    const isNew = !holdSame(published, this.#published)
    this.#published = published
    if (isNew) this.#options.onChange()
    this.check()
  }

  #bundleIn(webhook: unknown): readonly string[] {
    const text = textOf(fieldAt(webhook, 'clientConfig', 'caBundle')) ?? ''
    return this.#options.certificatesIn(Buffer.from(text, 'base64').toString())
  }

  #stale(wanted: readonly string[]): readonly unknown[] {
    return webhooksOf(this.#configuration.object).filter(
      webhook => !holdSame(this.#bundleIn(webhook), wanted),
    )
  }
}

const webhooksOf = (configuration: JsonObject | undefined) =>
  items(field(configuration, 'webhooks'))

const holdSame = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every(certificate => other.includes(certificate))
