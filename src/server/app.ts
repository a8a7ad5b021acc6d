import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { ReviewError } from '../core/errors.ts'
import { type AdmissionPorts, BODY_LIMIT, registerAdmission } from './admission.ts'
import { superviseConnections } from './connections.ts'
import { drainWith } from './drain.ts'
import { endConnections } from './ending.ts'
import { waitForFirstByte } from './first-byte.ts'
import { handshakeWith } from './handshake.ts'
import { type HealthPorts, registerHealth } from './health.ts'
import { countInFlight, type ShedReason } from './in-flight.ts'
import { refuse } from './refusal.ts'
import { DEFAULT_SETTINGS, type ServingSettings } from './settings.ts'
import { type KeyPair, replaceMaterial, type TlsMaterial, tlsOptions } from './tls.ts'

export interface WebhookPorts extends AdmissionPorts, HealthPorts {
  /** undefined until there is one: no handshake succeeds before. */
  readonly certificate: KeyPair | undefined
  /** What is not given is DEFAULT_SETTINGS. */
  readonly settings?: Partial<ServingSettings>
  /** Hears of a review, or a connection, that was turned away for load. */
  readonly shed?: (reason: ShedReason) => void
  /** Hears of the bytes of each body that was read whole. */
  readonly body?: (bytes: number) => void
}

/** Milliseconds a handshake with ourselves may take: less than a kubelet waits for /readyz. */
const HANDSHAKE_LIMIT = 800

/** Milliseconds that a drain waits at its end for what is under way: no API server waits long for a review. */
const LAST_ANSWERS = 5000

const httpsServer = (material: TlsMaterial, settings: ServingSettings) => ({
  ...tlsOptions(material),
  handshakeTimeout: settings.handshakeTime,
  headersTimeout: settings.headTime,
  requestTimeout: settings.requestTime,
  connectionsCheckingInterval: settings.checkInterval,
})

const openApp = (material: TlsMaterial, settings: ServingSettings) =>
  fastify({
    https: httpsServer(material, settings),
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: settings.keepAliveTime,
    requestTimeout: settings.requestTime,
    // A review that arrives while we close is still answered.
    return503OnClosing: false,
    // A path that cannot be decoded leads nowhere, either: told like any other that does not.
    frameworkErrors: (_error, { method, url }, reply) => {
      refuse(reply, new ReviewError('GLOO_ISTIO_ERR_NOT_FOUND', { method, path: url }))
    },
  })

/** The webhook over HTTPS, ready to listen, and how to run it. */
export const buildWebhook = (ports: WebhookPorts) => {
  const settings: ServingSettings = { ...DEFAULT_SETTINGS, ...ports.settings }
  const { shed = () => {}, body = () => {} } = ports
  let material: TlsMaterial = {
    certificate: ports.certificate,
    minVersion: settings.tlsMinVersion,
    clientCaPem: settings.clientCaPem,
  }
  const app = openApp(material, settings)
  const waiting = waitForFirstByte(app.server, settings.unusedTime)
  const connections = superviseConnections(app.server, {
    ...settings,
    random: Math.random,
    now: () => performance.now(),
    dropped: () => shed('connections'),
  })
  const inFlight = countInFlight({ ...settings, now: () => performance.now() })
  const drain = drainWith({
    close: () => app.close(),
    cut: connections.cut,
    lastAnswers: LAST_ANSWERS,
  })
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
    waiting.end()
  })
  endConnections(app, ({ raw }) => isClosing || drain.isOn() || connections.isOld(raw.socket))
  registerAdmission(app, {
    ...ports,
    shed,
    body,
    inFlight,
    clientNames: settings.clientCaPem === undefined ? undefined : settings.clientNames,
    bodyLimit: BODY_LIMIT,
    answered: ({ raw }) => connections.used(raw.socket),
  })
  registerHealth(app, ports, drain.isOn)
  const replace = (part: Partial<TlsMaterial>) => {
    material = { ...material, ...part }
    replaceMaterial(app.server, material)
  }
  return Object.assign(app, {
    /** New connections get this certificate; those that are open stay open. */
    replaceCertificate: (certificate: KeyPair) => replace({ certificate }),
    /** New connections are held to this authority of clients; only where there was one from the start. */
    replaceClientCa: (clientCaPem: string) => replace({ clientCaPem }),
    /** Whether a client that trusts only this PEM bundle gets through to this name; undefined, or why not. */
    handshake: handshakeWith({ address: () => addressOf(app.server), limit: HANDSHAKE_LIMIT }),
    /** Goes without losing a review; see Drain. */
    drain: drain.begin,
    /** Goes at once. */
    cut: drain.cut,
    /** Reviews under way. */
    inFlight: inFlight.count,
    /** Open connections. */
    connections: connections.count,
  })
}

/** Where to reach ourselves; undefined while we do not listen. */
const addressOf = (server: Server) => {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') return undefined
  const local: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return { host: local[address.address] ?? address.address, port: address.port }
}
