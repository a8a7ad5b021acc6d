import type { Certifying } from './certifying.ts'
import type { Following } from './following.ts'
import type { ServeOptions } from './main.ts'
import { type Debug, openDebug } from './server/debug.ts'
import { version } from './version.ts'

export interface Debugged {
  readonly certificates: Certifying
  readonly following: Following | undefined
  readonly webhook: { readonly inFlight: () => number }
  readonly notReady: () => Promise<string | undefined>
}

/** /debug, where it is asked for. */
export const debugWith = async (
  { debugPort, facts, configuration }: ServeOptions,
  { certificates, following, webhook, notReady }: Debugged,
): Promise<Debug | undefined> => {
  if (debugPort === undefined) return undefined
  const status = async () => {
    const why = await notReady()
    return {
      version: version(),
      uptimeSeconds: process.uptime(),
      stage: facts.stage,
      isReady: why === undefined,
      notReady: why,
      isBundleInSync: certificates.isInSync(),
      reviewsInFlight: webhook.inFlight(),
      ...following?.status(),
    }
  }
  const shown = () => ({
    serving: certificates.serving()?.certPem,
    authority: certificates.serving()?.caPem,
  })
  return openDebug({ status, certificates: shown, configuration: () => configuration }, debugPort)
}
