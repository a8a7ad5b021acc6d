import { setTimeout as sleep } from 'node:timers/promises'
import { AUTHORITY_KEYS } from './certs/authority-record.ts'
import type { AuthorityStore } from './certs/authority-store.ts'
import { certificatesIn } from './certs/pem.ts'
import { ApiClient } from './cluster/api.ts'
import type { ApiClock } from './cluster/api-clock.ts'
import { AuthoritySecret } from './cluster/authority-secret.ts'
import { CaBundle } from './cluster/ca-bundle.ts'
import { connect } from './cluster/client.ts'
import type { Logger } from './telemetry/log.ts'

export interface RegisterOptions {
  readonly kubeconfig: string | undefined
  /** The Secret of the authority; undefined when certificates come from elsewhere. */
  readonly secret: { readonly namespace: string; readonly name: string } | undefined
  /** The MutatingWebhookConfiguration whose caBundle is read back; undefined when none is. */
  readonly webhookConfiguration: string | undefined
  /** Whether we write that caBundle. */
  readonly ownsBundle: boolean
  readonly clock: ApiClock
  /** What the bundle should hold, given what it holds; undefined until that is known. */
  readonly wanted: (published: readonly string[]) => readonly string[] | undefined
  /** Hears that the Secret or the bundle changed. */
  readonly onChange: () => void
  readonly log: Logger
}

/** What of our certificates stands in the cluster. */
export interface Registration {
  readonly store: AuthorityStore | undefined
  /** The certificates that the API server trusts, as read back; undefined when nobody publishes them. */
  readonly published: () => readonly string[] | undefined
  /** Why the API server cannot call us yet; undefined when nothing is known against it. */
  readonly notReady: () => string | undefined
  /** Whether the bundle holds what it should; undefined when it is not looked at. */
  readonly isInSync: () => boolean | undefined
  /** Sees to the bundle, if it is ours and not as wanted. */
  readonly check: () => void
  readonly close: () => void
}

/** The composition root of the Secret and the caBundle. */
export const register = (options: RegisterOptions): Registration => {
  const { kubeconfig, clock, onChange, log } = options
  const api = new ApiClient(connect(kubeconfig), undefined, { onDate: date => clock.hear(date) })
  const onFailure = (what: string) => (err: unknown, retryAfterSeconds: number) =>
    log.warn({ err, retryAfterSeconds }, what)
  const ports = {
    api,
    now: () => performance.now(),
    sleep: (milliseconds: number, signal: AbortSignal) =>
      sleep(milliseconds, undefined, { signal }),
    random: Math.random,
  }
  const bundle = openBundle(options, { ...ports, onFailure: onFailure('caBundle not read') })
  const secret =
    options.secret &&
    new AuthoritySecret({
      ...options.secret,
      keys: AUTHORITY_KEYS,
      ports: { ...ports, onFailure: onFailure('authority not read') },
      onChange,
    })
  bundle?.start()
  secret?.start()
  return {
    store: secret && {
      // What is trusted has to be known before anything new is made.
      stored: () => (bundle && !bundle.published ? undefined : secret.stored()),
      write: (data, over) => secret.write(data, over),
      close: () => secret.close(),
    },
    published: () => bundle && (bundle.published ?? []),
    notReady: () => bundle && notReadyOf(bundle, options),
    isInSync: () => bundle?.isInSync,
    check: () => bundle?.check(),
    close: () => {
      bundle?.close()
      secret?.close()
      api.close()
    },
  }
}

const openBundle = (options: RegisterOptions, ports: CaBundlePorts): CaBundle | undefined => {
  const { webhookConfiguration: name, ownsBundle, wanted, onChange, log } = options
  if (name === undefined) return undefined
  return new CaBundle({
    name,
    isOurs: ownsBundle,
    ports,
    certificatesIn,
    wanted,
    onChange,
    onWritten: () => log.info({ webhookConfiguration: name }, 'CA bundle published'),
    onFailure: (err, retryAfterSeconds) =>
      log.warn({ webhookConfiguration: name, err, retryAfterSeconds }, 'CA bundle not published'),
  })
}

type CaBundlePorts = ConstructorParameters<typeof CaBundle>[0]['ports']

const notReadyOf = (
  { published, isInstalled }: CaBundle,
  { webhookConfiguration: name = '' }: RegisterOptions,
): string | undefined => {
  if (published === undefined) return `MutatingWebhookConfiguration ${name} was not read yet`
  if (!isInstalled) return `MutatingWebhookConfiguration ${name} is not there: install it`
  return published.length > 0 ? undefined : 'the CA bundle is not published yet'
}
