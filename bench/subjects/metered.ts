import { eventually } from '../../test/harness/live.ts'
import { answersReady } from '../../test/parts/balancer-backend.ts'
import { freePort } from '../../test/parts/ports.ts'
import type { Metered } from '../metrics.ts'
import { glooIstio } from './gloo-istio.ts'
import { startSubject } from './subject.ts'

/** A hundred thousand objects take longer to come in than anything else takes to start. */
const READY_SECONDS = 300

/** Starts gloo-istio with these flags, its metrics where they are found, and waits until it is ready. */
export const startMetered = async (
  { name, dir }: { readonly name: string; readonly dir: string },
  flags: readonly string[] = [],
): Promise<Metered> => {
  const metricsPort = await freePort()
  const subject = glooIstio([`--metrics-port=${metricsPort}`, ...flags])
  const isReady = async (port: number) => {
    await eventually(`${name} is ready`, () => answersReady(port), READY_SECONDS)
    return true
  }
  return { ...(await startSubject({ ...subject, name, isReady }, dir)), metricsPort }
}
