import { X509Certificate } from 'node:crypto'
import { Counter, Gauge, type Registry } from 'prom-client'

/** The authority signs; the serving certificate is what the API server is shown. */
export const CERTIFICATE_ROLES = ['authority', 'serving'] as const
export type CertificateRole = (typeof CERTIFICATE_ROLES)[number]

export interface CertificateMetricsPorts {
  readonly registry: Registry
  /** The certificate in use (PEM, the first counts); undefined while there is none. */
  readonly certificate: (role: CertificateRole) => string | undefined
  /** Whether the published caBundle is the one that is meant; undefined when nobody publishes or reads it. */
  readonly isBundleInSync: () => boolean | undefined
  /** What /readyz answers. */
  readonly isReady: () => boolean | Promise<boolean>
}

export interface Rotation {
  readonly role: CertificateRole
  /** `succeeded` when a new certificate is in use, `failed` when the one before stays. */
  readonly result: 'succeeded' | 'failed'
}

export interface CertificateMetrics {
  readonly recordRotation: (rotation: Rotation) => void
}

/** The metrics of being believed by the API server. */
export const createCertificateMetrics = (ports: CertificateMetricsPorts): CertificateMetrics => {
  const registers = [ports.registry]
  new Gauge({
    name: 'gloo_istio_certificate_expiry_timestamp_seconds',
    help: 'When the certificate in use ends, by what it is for',
    labelNames: ['role'],
    registers,
    collect() {
      this.reset()
      for (const role of CERTIFICATE_ROLES) {
        const pem = ports.certificate(role)
        if (pem !== undefined) this.set({ role }, endOf(pem))
      }
    },
  })
  new Gauge({
    name: 'gloo_istio_ca_bundle_in_sync',
    help: 'Whether the published CA bundle is the one that is meant (1) or not (0)',
    registers,
    collect() {
      const isInSync = ports.isBundleInSync()
      // Without labels, prom-client would show 0, which is an alarm, where there is nothing to tell.
      if (isInSync === undefined) this.remove()
      else this.set(isInSync ? 1 : 0)
    },
  })
  new Gauge({
    name: 'gloo_istio_ready',
    help: 'Whether this process may be sent reviews (1) or not (0)',
    registers,
    async collect() {
      this.set((await ports.isReady()) ? 1 : 0)
    },
  })
  return { recordRotation: rotationsOn(ports.registry) }
}

/** Seconds since 1970. */
const endOf = (pem: string): number => new X509Certificate(pem).validToDate.getTime() / 1000

const rotationsOn = (registry: Registry) => {
  const rotations = new Counter({
    name: 'gloo_istio_certificate_rotations_total',
    help: 'Certificates to be made anew, the first included, by what became of it',
    labelNames: ['role', 'result'],
    registers: [registry],
  })
  // A rate needs the zero that comes before the first failure.
  for (const role of CERTIFICATE_ROLES)
    for (const result of ['succeeded', 'failed']) rotations.inc({ role, result }, 0)
  return ({ role, result }: Rotation): void => rotations.inc({ role, result })
}
