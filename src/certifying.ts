import { X509Certificate } from 'node:crypto'
import { memoryStore } from './certs/authority-store.ts'
import { type CertificateFiles, fileSource } from './certs/file-source.ts'
import { HandOver } from './certs/hand-over.ts'
import { certificatesIn } from './certs/pem.ts'
import type { SharedSourceOptions } from './certs/shared-source.ts'
import type { CertificateSource, ServingCertificate } from './certs/source.ts'
import { ApiClock } from './cluster/api-clock.ts'
import type { RegisterOptions, Registration } from './registering.ts'
import type { CertificateMetrics } from './telemetry/certificate-metrics.ts'
import type { Logger } from './telemetry/log.ts'

export interface CertifyOptions
  extends Pick<SharedSourceOptions, 'names' | 'authorityLife' | 'certificateLife'>,
    Pick<RegisterOptions, 'kubeconfig' | 'secret' | 'webhookConfiguration' | 'ownsBundle'> {
  /** The name by which the API server calls; undefined takes one of the certificate. */
  readonly serverName: string | undefined
  /** PEM files to use instead of a certificate of our own. */
  readonly files: CertificateFiles | undefined
  /** Hears which certificate to serve from now on. */
  readonly onServe: (certificate: ServingCertificate) => void
  readonly recordRotation: CertificateMetrics['recordRotation']
  readonly log: Logger
}

/** The serving certificate, as long as the process runs. */
export interface Certifying {
  /** undefined before the first. */
  readonly serving: () => ServingCertificate | undefined
  /** The certificates that whoever calls us trusts. */
  readonly trusted: () => readonly string[]
  /** Why nobody can call us yet; undefined when nothing is known against it. */
  readonly notReady: () => string | undefined
  /** Whether the API server trusts what it should; undefined when nobody looks. */
  readonly isInSync: () => boolean | undefined
  readonly close: () => void
}

const CHECK_MS = 1_000
const REPEAT_MS = 60_000

/** The composition root of the serving certificate: where it comes from, who has to trust it, when it is served. */
export const certify = async (options: CertifyOptions): Promise<Certifying> => {
  const clock = new ApiClock(() => performance.timeOrigin + performance.now())
  const now = () => clock.now()
  let source: CertificateSource | undefined
  const published = () => registration?.published()
  const onServe = (certificate: ServingCertificate) => {
    options.onServe(certificate)
    options.log.info(describe(certificate), 'serving certificate replaced')
  }
  const handOver = new HandOver({ published, now, onServe })
  const check = () => {
    registration?.check()
    void source?.check().then(() => handOver.check())
  }
  const registration = await openRegistration(options, {
    clock,
    wanted: trusted => source?.wanted(trusted),
    onChange: check,
  })
  const store = registration?.store ?? memoryStore()
  source = await openSource(options, { store, published, now })
  const offer = (certificate: ServingCertificate) => {
    registration?.check()
    handOver.offer(certificate)
  }
  source.onChange(offer)
  const ready = source.current()
  if (ready) offer(ready)
  const timer = setInterval(check, CHECK_MS).unref()
  check()
  return {
    serving: () => handOver.serving,
    trusted: () => published() ?? certificatesIn(handOver.serving?.caPem ?? ''),
    notReady: () => registration?.notReady(),
    isInSync: () => registration?.isInSync(),
    close: () => {
      clearInterval(timer)
      source?.close()
      registration?.close()
    },
  }
}

/** The Kubernetes client takes long to load and much memory, and not everyone needs it. */
const openRegistration = async (
  options: CertifyOptions,
  ports: Pick<RegisterOptions, 'clock' | 'wanted' | 'onChange'>,
): Promise<Registration | undefined> => {
  if (options.secret === undefined && options.webhookConfiguration === undefined) return undefined
  const { register } = await import('./registering.ts')
  return register({ ...options, ...ports })
}

const openSource = async (
  options: CertifyOptions,
  ports: Pick<SharedSourceOptions, 'store' | 'published' | 'now'>,
): Promise<CertificateSource> => {
  const { files, serverName, log, recordRotation } = options
  const tell = seldom((err: unknown) => log.warn({ err }, 'certificate not renewed'))
  const onError = (error: unknown) => {
    recordRotation({ role: 'serving', result: 'failed' })
    tell(error)
  }
  if (files) return fileSource({ ...files, ...ports, serverName, onError })
  const onRotated: SharedSourceOptions['onRotated'] = (role, step) => {
    recordRotation({ role, result: 'succeeded' })
    log.info({ role, step }, 'certificate rotated')
  }
  // What makes certificates takes memory, and whoever brings files has no use for it.
  const { SharedSource } = await import('./certs/shared-source.ts')
  return new SharedSource({ ...options, ...ports, onRotated, onError })
}

/** It is tried again each second; the log is told once a minute, or when something else is wrong. */
const seldom = (tell: (error: unknown) => void) => {
  let said = ''
  let at = Number.NEGATIVE_INFINITY
  return (error: unknown): void => {
    if (String(error) === said && performance.now() < at + REPEAT_MS) return
    said = String(error)
    at = performance.now()
    tell(error)
  }
}

const describe = ({ certPem }: ServingCertificate) => {
  const { serialNumber, validToDate, fingerprint256 } = new X509Certificate(certPem)
  return { serialNumber, notAfter: validToDate.toISOString(), fingerprint256 }
}
