import { Command } from 'commander'
import { type Configuration, factsOf } from '../config/configuration.ts'
import { processIdentity } from '../config/env.ts'
import type { Facts } from '../core/types.ts'
import { readBootstrap } from '../envoy/bootstrap.ts'
import { readConfiguration } from './configuration-file.ts'
import { endWith } from './ending.ts'
import { UsageError } from './exit.ts'
import { addServeFlags, type ServeFlags } from './serve-flags.ts'

const followOf = (
  { follow, lease, reconcile }: ServeFlags,
  { meshes }: Configuration,
  facts: Facts,
) => {
  if (lease && !follow) throw new UsageError('--lease needs --follow: give both, or neither')
  if (!follow) return undefined
  return {
    told: { facts, meshes },
    lease,
    collections: lease ? reconcile : [],
    identity: processIdentity(),
  }
}

/** Names of the certificate, and the one by which the API server calls. */
const namesOf = ({ dnsName, certFile }: ServeFlags) => ({
  names: dnsName ?? ['localhost'],
  serverName: certFile === undefined ? (dnsName?.at(-1) ?? 'localhost') : dnsName?.at(-1),
})

const certificatesOf = (flags: ServeFlags) => {
  const { authoritySecret: secret, authorityLife, certificateLife, caBundle } = flags
  const files = certificateFiles(flags)
  if (files && secret)
    throw new UsageError('--authority-secret and --cert-file exclude each other: give one of them')
  if (certificateLife < 1000 || certificateLife > authorityLife / 3)
    throw new UsageError(
      '--certificate-life has to be 1s at least, and a third of --authority-life at most: else the authority would end first',
    )
  if (caBundle === 'watch' && flags.webhookConfiguration === undefined)
    throw new UsageError('--ca-bundle needs --webhook-configuration: name whose bundle is watched')
  return { files, secret, authorityLife, certificateLife, ownsBundle: caBundle === 'own' }
}

const certificateFiles = ({ certFile, keyFile, caFile }: ServeFlags) => {
  if (certFile !== undefined && keyFile !== undefined && caFile !== undefined)
    return { certFile, keyFile, caFile }
  if (certFile === undefined && keyFile === undefined && caFile === undefined) return undefined
  throw new UsageError('--cert-file, --key-file and --ca-file go together: give all three, or none')
}

const settingsOf = (flags: ServeFlags) => {
  const { tlsMinVersion, clientCaFile, clientName, maxInFlight, connectionAge } = flags
  if (clientName.length > 0 && clientCaFile === undefined)
    throw new UsageError('--client-name needs --client-ca-file: give the CA of these names')
  return {
    clientCaFile,
    settings: { tlsMinVersion, clientNames: clientName, maxInFlight, connectionAge },
  }
}

/** Words the error of a port that cannot be had; all others are handed on. */
const onPortTrouble = (cause: unknown): never => {
  if (!(cause instanceof Error && 'syscall' in cause && cause.syscall === 'listen')) throw cause
  const hint = 'name another address or port by --host, --port, --metrics-port or --debug-port'
  throw new Error(`cannot listen: ${cause.message.replace(/^listen /, '')}; ${hint}`, { cause })
}

const runServe = async (flags: ServeFlags): Promise<void> => {
  const certificates = certificatesOf(flags)
  const settings = settingsOf(flags)
  const configuration = await readConfiguration(flags.config)
  const facts = factsOf(configuration, readBootstrap)
  const follow = followOf(flags, configuration, facts)
  const { serve } = await import('../main.ts')
  const { host, port, metricsPort, debugPort, logLevel, webhookConfiguration, kubeconfig } = flags
  const serving = await serve({
    host,
    port,
    metricsPort,
    debugPort,
    logLevel,
    webhookConfiguration,
    kubeconfig,
    facts,
    follow,
    configuration,
    ...namesOf(flags),
    ...certificates,
    ...settings,
  }).catch(onPortTrouble)
  endWith(serving, flags.drain)
}

/** `gloo-istio serve` */
export const serveCommand = () =>
  addServeFlags(new Command('serve'))
    .description('serve the webhook over HTTPS until SIGTERM')
    .action(runServe)
