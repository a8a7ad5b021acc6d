import { fieldAt, withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { run } from '../parts/command.ts'
import { CLI } from '../parts/program.ts'
import {
  discovered,
  eventually,
  GLOO_SYSTEM,
  gatewayProxy,
  namespace,
  pod,
  rollOut,
  service,
} from './live.ts'
import type { setStage } from './stage.ts'

type Stage = Awaited<ReturnType<typeof setStage>>

const MTLS = 'gloo-istio.io/mtls'
const ON = { [MTLS]: 'enabled' }

const placed = (object: JsonObject, ...path: readonly [...string[], unknown]): JsonObject =>
  withValue(object, path.slice(0, -1) as string[], path.at(-1))

const inTeam = (object: JsonObject) => placed(object, 'metadata', 'namespace', 'team-web')

const served = (of: string, name: string, sidecar = true): readonly JsonObject[] => [
  service(of, name),
  pod(of, name, { sidecar, serviceAccount: name }),
  discovered(of, name),
]

const selected = (of: string, name: string): JsonObject =>
  placed(discovered(of, name), 'metadata', 'annotations', ON)

const external: JsonObject = {
  apiVersion: 'gloo.solo.io/v1',
  kind: 'Upstream',
  metadata: { namespace: GLOO_SYSTEM, name: 'mail' },
  spec: { static: { hosts: [{ addr: 'mail.example.com', port: 443 }] } },
}

/** A small company: of each state something, and two gateways, of which one has nothing yet. */
export const COMPANY: readonly JsonObject[] = [
  gatewayProxy('1.17.3'),
  namespace('team-web'),
  inTeam(gatewayProxy('1.17.3', 'web-proxy')),
  namespace('bookinfo', { ...ON, 'gloo-istio.io/verify-identity': 'enabled' }),
  ...['details', 'productpage', 'reviews'].flatMap(name => served('bookinfo', name)),
  ...served('bookinfo', 'ratings', false),
  namespace('payments', ON),
  ...['invoices', 'ledger'].flatMap(name => served('payments', name)),
  service('payments', 'gateway'),
  pod('payments', 'gateway'),
  placed(selected('payments', 'gateway'), 'spec', 'sslConfig', {
    secretRef: { namespace: GLOO_SYSTEM, name: 'payments-tls' },
  }),
  namespace('shop'),
  ...['cart', 'catalog'].flatMap(name => served('shop', name)),
  namespace('web'),
  service('web', 'frontend'),
  pod('web', 'frontend'),
  inTeam(selected('web', 'frontend')),
  external,
]

/** Brings it in line as an operator does, by the command line: the proxy first, then its Upstreams. */
export const bringInLine = async ({ controlPlane, live }: Stage): Promise<void> => {
  const backfill = async () => {
    const args = [CLI, 'backfill', `--kubeconfig=${controlPlane.kubeconfig}`]
    const { code, stderr } = await run({ file: process.execPath, args })
    if (code !== 0) throw new Error(stderr)
  }
  await backfill()
  await rollOut(live)
  await backfill()
  await eventually('an Upstream is on', async () => {
    const found = await live.get('Upstream', GLOO_SYSTEM, 'bookinfo-details-9080')
    return fieldAt(found, 'spec', 'sslConfig') !== undefined
  })
}
