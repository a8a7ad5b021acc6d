import { X509Certificate } from 'node:crypto'
import { readAuthority } from '../certs/authority-record.ts'
import { certificatesIn } from '../certs/pem.ts'
import { checkWebhook } from '../cli/webhook-check.ts'
import { admitUpstream } from '../cluster/admit-upstream.ts'
import { type ApiClient, ApiError } from '../cluster/api.ts'
import {
  type EvidencePorts,
  gatherEvidence,
  type ReadConfiguration,
  UnreachableError,
} from '../cluster/evidence.ts'
import { defaultConfiguration, factsOf, parseConfiguration } from '../config/configuration.ts'
import { violationLines } from '../config/violations.ts'
import { runChecks } from '../core/check.ts'
import type { CertificateSeen } from '../core/check-evidence.ts'
import { CHECK_GROUPS, unreachableReport } from '../core/checks.ts'
import { defaultMesh, formatMeshRef } from '../core/mesh.ts'
import { isFinding } from '../core/reasons.ts'
import type { Facts } from '../core/types.ts'
import { readBootstrap } from '../envoy/bootstrap.ts'
import { version } from '../version.ts'
import type { Checked, CheckFlags } from './check.ts'
import { readConfiguration } from './configuration-file.ts'
import { messageOf } from './exit.ts'
import { connectTo } from './gathering.ts'

/** A cluster of any size is looked at by then, or hangs. */
const CHECK_MS = 120_000

export interface Checking {
  readonly check: () => Promise<Checked>
  readonly close: () => void
}

/** Puts together what it takes to check a cluster. Throws UsageError for a kubeconfig or a file that is broken. */
export const openChecking = async (flags: CheckFlags): Promise<Checking> => {
  const clock = new AnsweredClock()
  const api = connectTo(flags, date => clock.hear(date))
  const read = await configurationReader(flags.config)
  const when = flags.pre ? 'before' : 'after'
  const ports = (signal: AbortSignal): EvidencePorts => ({
    api,
    signal,
    namespace: flags.namespace,
    when,
    program: version(),
    readConfiguration: read,
    readCertificates: pem => certificatesIn(pem).map(seen),
    problemOf: (data, now) => readAuthority(data, now).problem,
    tryOut: (facts, namespace) => tryOut(api, facts, namespace, signal),
    clock: () => clock.told(),
  })
  const check = async (): Promise<Checked> => {
    try {
      const evidence = await gatherEvidence(ports(AbortSignal.timeout(CHECK_MS)))
      return { groups: runChecks(CHECK_GROUPS, evidence, when) }
    } catch (error) {
      if (error instanceof UnreachableError)
        return { groups: unreachableReport(error.message), unreachable: error.message }
      throw new Error(
        `the cluster could not be looked at to the end: ${messageOf(error)}; run it again`,
        {
          cause: error,
        },
      )
    }
  }
  return { check, close: () => api.close() }
}

/** The Date header of an answer has whole seconds, and is some way old. */
const RESOLUTION_MS = 2_000

/** The time by the API server, as it was told last. */
class AnsweredClock {
  #skew: number | undefined

  hear(date: string | undefined): void {
    const told = Date.parse(date ?? '')
    if (!Number.isNaN(told)) this.#skew = Date.now() - told
  }

  told(): { now: number; skew: number | undefined } {
    const skew = this.#skew
    const isKnown = skew !== undefined && Math.abs(skew) > RESOLUTION_MS
    return { now: Date.now() - (isKnown ? skew : 0), skew: isKnown ? skew : skew && 0 }
  }
}

/** A file that is named goes before the configuration of the release, which is looked at all the same. */
const configurationReader = async (file: string | undefined): Promise<ReadConfiguration> => {
  const named = file === undefined ? undefined : await readConfiguration(file)
  return text => {
    const parsed = text === undefined ? undefined : parseConfiguration(text)
    const violations =
      parsed !== undefined && 'violations' in parsed
        ? violationLines('config.yaml', parsed.violations)
        : []
    const own = parsed !== undefined && 'configuration' in parsed ? parsed.configuration : undefined
    const configuration = named ?? own ?? defaultConfiguration()
    return {
      told: { facts: factsOf(configuration, readBootstrap), meshes: configuration.meshes },
      violations,
    }
  }
}

const seen = (pem: string): CertificateSeen => {
  const { subject, issuer, validFromDate, validToDate, fingerprint256 } = new X509Certificate(pem)
  return {
    subject,
    issuer,
    notBefore: validFromDate.getTime(),
    notAfter: validToDate.getTime(),
    fingerprint: fingerprint256,
  }
}

const meshToAsk = (facts: Facts): string | undefined => {
  const [first] = facts.meshes
  return first && isFinding(defaultMesh(facts)) ? formatMeshRef(first) : undefined
}

/** What the webhook makes of an Upstream. Throws ApiError where one may not try. */
const tryOut = async (api: ApiClient, facts: Facts, namespace: string, signal: AbortSignal) => {
  const sample = { namespace, mesh: meshToAsk(facts) }
  try {
    return await checkWebhook(sample, upstream => admitUpstream(api, upstream, signal))
  } catch (error) {
    if (isWithheld(error)) throw error.cause
    return { kind: 'failed' as const, text: messageOf(error) }
  }
}

/** A webhook that refuses answers the same code. */
const isWithheld = (error: unknown): error is Error =>
  error instanceof Error &&
  error.cause instanceof ApiError &&
  error.cause.statusCode === 403 &&
  !error.message.includes('denied the request')
