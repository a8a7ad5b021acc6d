import type { Registry } from 'prom-client'
import type { Certifying } from './certifying.ts'
import {
  type CertificateMetrics,
  createCertificateMetrics,
} from './telemetry/certificate-metrics.ts'
import { createServerMetrics, type ServerMetrics } from './telemetry/server-metrics.ts'
import { version } from './version.ts'

export interface MeasureOptions {
  readonly registry: Registry
  readonly certificates: () => Certifying
  readonly inFlight: () => number
  readonly notReady: () => Promise<string | undefined>
}

/** The composition root of the metrics of the server and its certificates. */
export const measure = (options: MeasureOptions): ServerMetrics & CertificateMetrics => {
  const { registry, certificates, inFlight, notReady } = options
  const server = createServerMetrics({
    registry,
    version: version(),
    inFlight,
    now: () => performance.now(),
  })
  const certificate = createCertificateMetrics({
    registry,
    certificate: role => {
      const serving = certificates().serving()
      return role === 'serving' ? serving?.certPem : serving?.caPem
    },
    isBundleInSync: () => certificates().isInSync(),
    isReady: async () => (await notReady()) === undefined,
  })
  return { ...server, ...certificate }
}
