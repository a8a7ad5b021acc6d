import type { Server } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileSource } from './certs/file-source.ts'
import { generatedSource } from './certs/generated-source.ts'
import type { CertificateSource } from './certs/source.ts'
import { CaBundlePublisher } from './cluster/ca-bundle.ts'
import type { Facts } from './core/types.ts'
import type { Following, FollowOptions } from './following.ts'
import { buildMetrics, buildWebhook } from './server/app.ts'
import { ProxiesSeen } from './server/proxies-seen.ts'
import { replaceCertificate } from './server/tls.ts'
import { createLog, type Logger, type LogLevel } from './telemetry/log.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { recordWith } from './telemetry/record.ts'

export interface ServeOptions {
  readonly facts: Facts
  /** How to follow the cluster; undefined decides by the configuration and what passes by. */
  readonly follow: Pick<FollowOptions, 'told' | 'lease' | 'collections' | 'identity'> | undefined
  readonly host: string
  /** 0 takes any free port; the log says which. */
  readonly port: number
  readonly metricsPort: number
  readonly logLevel: LogLevel
  /** DNS names and IP addresses of a generated certificate. */
  readonly names: readonly string[]
  /** PEM files to use instead of a generated certificate. */
  readonly files: { certFile: string; keyFile: string; caFile: string } | undefined
  /** MutatingWebhookConfiguration to publish the CA bundle in; undefined publishes nowhere. */
  readonly webhookConfiguration: string | undefined
  readonly kubeconfig: string | undefined
}

export interface Serving {
  /** `https://127.0.0.1:8443` */
  readonly url: string
  /** Answers what is under way, then stops listening. */
  readonly close: () => Promise<void>
}

const FILE_INTERVAL_MS = 10_000

/** The composition root of the server: certificates, then listening, then the CA bundle. */
export const serve = async (options: ServeOptions): Promise<Serving> => {
  const log = createLog(options.logLevel)
  const metrics = createMetrics()
  const source = await openSource(options, log)
  const publisher = await openPublisher(options, log)
  const proxies = new ProxiesSeen()
  const following = await openFollowing(options, log, metrics)
  const webhook = buildWebhook({
    facts: following ? following.facts : () => proxies.with(options.facts),
    time: () => new Date().toISOString(),
    reviewed: reviewed => proxies.note(reviewed),
    record: recordWith(log, metrics),
    certificate: source.current(),
    notReady: () =>
      publisher === undefined || publisher.isPublished
        ? following?.notReady()
        : 'the CA bundle is not published yet',
  })
  const metricsServer = buildMetrics(metrics)
  source.onChange(certificate => {
    replaceCertificate(webhook.server as Server, certificate)
    log.info({}, 'serving certificate replaced')
    void publisher?.publish(certificate.caPem)
  })
  const close = async () => {
    log.info({}, 'closing')
    publisher?.close()
    source.close()
    await Promise.all([webhook.close(), metricsServer.close(), following?.close()])
  }
  try {
    const { host, port, metricsPort } = options
    const url = await webhook.listen({ host, port })
    const metricsUrl = await metricsServer.listen({ host, port: metricsPort })
    log.info({ url, metricsUrl, meshes: options.facts.meshes.length }, 'listening')
    void publisher?.publish(source.current().caPem)
    return { url, close }
  } catch (error) {
    // A port that is taken: what listens already would keep the process alive.
    await close()
    throw error
  }
}

const openSource = ({ files, names }: ServeOptions, log: Logger): Promise<CertificateSource> => {
  if (files === undefined) return generatedSource(names, new Date())
  const onError = (error: Error) => log.warn({ err: error }, 'new certificate files not taken')
  return fileSource({ ...files, interval: FILE_INTERVAL_MS, onError })
}

const openFollowing = async (
  { follow: how, kubeconfig }: ServeOptions,
  log: Logger,
  metrics: Metrics,
): Promise<Following | undefined> => {
  if (how === undefined) return undefined
  const { follow } = await import('./following.ts')
  return follow({ ...how, kubeconfig, log, metrics })
}

const openPublisher = async (
  { webhookConfiguration: name, kubeconfig }: ServeOptions,
  log: Logger,
) => {
  if (name === undefined) return undefined
  // The Kubernetes client takes long to load and much memory, and not everyone needs it.
  const { connect } = await import('./cluster/client.ts')
  const { WebhookConfiguration } = await import('./cluster/webhook-configuration.ts')
  const configuration = new WebhookConfiguration(connect(kubeconfig), name)
  return new CaBundlePublisher({
    publish: caPem => configuration.publish(caPem),
    onPublished: wrote => log.info({ webhookConfiguration: name, wrote }, 'CA bundle published'),
    onFailure: (error, seconds) =>
      log.warn(
        { webhookConfiguration: name, err: error, retryAfterSeconds: seconds },
        'CA bundle not published',
      ),
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  })
}
