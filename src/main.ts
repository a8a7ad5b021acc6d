import { type Certifying, type CertifyOptions, certify } from './certifying.ts'
import { bundleOf, nameIn } from './certs/pem.ts'
import { environment } from './config/env.ts'
import type { Facts } from './core/types.ts'
import { debugWith } from './debugging.ts'
import type { Following, FollowOptions } from './following.ts'
import { measure } from './measuring.ts'
import { buildWebhook } from './server/app.ts'
import { openClientCa } from './server/client-ca.ts'
import { buildMetrics } from './server/metrics.ts'
import { ProxiesSeen } from './server/proxies-seen.ts'
import type { ServingSettings } from './server/settings.ts'
import { createLog, type Logger, type LogLevel } from './telemetry/log.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { recordWith } from './telemetry/record.ts'
import { openTraces } from './telemetry/traces.ts'
import { version } from './version.ts'

export interface ServeOptions extends Omit<CertifyOptions, 'log' | 'onServe' | 'recordRotation'> {
  readonly facts: Facts
  /** How to follow the cluster; undefined decides by the configuration and what passes by. */
  readonly follow: Pick<FollowOptions, 'told' | 'lease' | 'collections' | 'identity'> | undefined
  readonly host: string
  /** 0 takes any free port; the log says which. */
  readonly port: number
  readonly metricsPort: number
  /** undefined for no /debug at all. */
  readonly debugPort: number | undefined
  readonly logLevel: LogLevel
  readonly clientCaFile: string | undefined
  readonly settings: Partial<ServingSettings>
  /** The configuration as it was parsed, for /debug. */
  readonly configuration: object
}

export interface Serving {
  /** `https://127.0.0.1:8443` */
  readonly url: string
  readonly log: Logger
  /** Not ready, but answering for `milliseconds`; then ends what is under way, and stops. */
  readonly drain: (milliseconds: number) => Promise<void>
  /** Stops at once. */
  readonly cut: () => Promise<void>
}

const CLIENT_CA_INTERVAL_MS = 10_000

/** The composition root of the server: what it decides by, what it shows, who hears of it. */
export const serve = async (options: ServeOptions): Promise<Serving> => {
  const { host, port, metricsPort, facts } = options
  const log = createLog(options.logLevel)
  const { webhook, metricsServer, debug, closeRest } = await open(options, log)
  const end = (closing: Promise<void>) => closing.then(closeRest)
  try {
    const url = await webhook.listen({ host, port })
    const metricsUrl = await metricsServer.listen({ host, port: metricsPort })
    const { stage, meshes } = facts
    const told = { url, metricsUrl, debugUrl: debug?.url, stage, meshes: meshes.length }
    log.info(told, 'listening')
    return { url, log, drain: time => end(webhook.drain(time)), cut: () => end(webhook.cut()) }
  } catch (error) {
    // A port that is taken: what listens already would keep the process alive.
    await end(webhook.cut())
    throw error
  }
}

const open = async (options: ServeOptions, log: Logger) => {
  const metrics = createMetrics()
  const traces = await openTracesWith(log)
  const clientCa = await openClients(options, log)
  const following = await openFollowing(options, log, metrics)
  const proxies = new ProxiesSeen()
  const notReady = async () =>
    following?.notReady() ??
    certificates.notReady() ??
    (await unbelieved(options, certificates, webhook))
  const measures = measure({
    registry: metrics.registry,
    certificates: () => certificates,
    inFlight: () => webhook.inFlight(),
    notReady,
  })
  const webhook = buildWebhook({
    facts: following ? following.facts : () => proxies.with(options.facts),
    time: () => new Date().toISOString(),
    reviewed: reviewed => proxies.note(reviewed),
    record: recordWith(log, metrics, traces),
    certificate: undefined,
    settings: { ...options.settings, clientCaPem: clientCa?.current() },
    notReady,
    shed: measures.recordShed,
    body: measures.recordBody,
  })
  clientCa?.onChange(pem => webhook.replaceClientCa(pem))
  const { recordRotation } = measures
  const onServe = webhook.replaceCertificate
  const certificates: Certifying = await certify({ ...options, log, recordRotation, onServe })
  const metricsServer = buildMetrics(metrics)
  const debug = await debugWith(options, { certificates, following, webhook, notReady })
  const closeRest = async () => {
    log.info({}, 'closing')
    certificates.close()
    clientCa?.close()
    measures.close()
    await Promise.all([metricsServer.close(), debug?.close(), following?.close(), traces?.close()])
  }
  return { webhook, metricsServer, debug, closeRest }
}

const openTracesWith = (log: Logger) =>
  openTraces({
    env: environment(),
    version: version(),
    warn: message => log.warn({}, message),
    now: Date.now,
  })

/** Why the API server would not get through; undefined when it would. */
const unbelieved = (
  { serverName }: ServeOptions,
  { serving, trusted }: Certifying,
  { handshake }: Pick<ReturnType<typeof buildWebhook>, 'handshake'>,
): Promise<string | undefined> | string => {
  const certificate = serving()
  if (certificate === undefined) return 'there is no serving certificate yet'
  return handshake(bundleOf(trusted()), serverName ?? nameIn(certificate.certPem))
}

const openClients = async ({ clientCaFile: file }: ServeOptions, log: Logger) => {
  if (file === undefined) return undefined
  const onError = (err: unknown) => log.warn({ err }, 'authority of clients not taken')
  return openClientCa({ file, interval: CLIENT_CA_INTERVAL_MS, onError })
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
