import { t } from 'tap'
import { createMeshAuthority } from '../../certs/mesh.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { certificateSecret } from '../stand-ins/citadel.ts'
import { askFor } from './mesh/client.ts'
import { GLOO, OLD_GLOO } from './mesh/images.ts'
import { sslConfigNow, untilInjected } from './mesh/looks.ts'
import { install } from './mesh/release.ts'
import { GLOO_SYSTEM, MESHED, setStage, skipWithoutMesh } from './mesh/stage.ts'

const LABEL = 'gloo-istio.io/mtls'
const ACCOUNT = 'gateway-proxy'
const IDENTITY = `spiffe://cluster.local/ns/${GLOO_SYSTEM}/sa/${ACCOUNT}`

interface Mode {
  readonly gloo: string
  /** What is said of the mesh beside its name. */
  readonly mesh: { readonly mode: string; readonly istioVersion?: string }
  /** What the gateway runs then, and what its Upstream says. */
  readonly containers: readonly string[]
  readonly sslConfig: JsonObject
}

/** What `auto` takes today, `istio-agent`, is the tutorial’s. */
const modes: readonly Mode[] = [
  {
    gloo: GLOO,
    mesh: { mode: 'agent-socket' },
    containers: ['gateway-proxy', 'istio-proxy'],
    sslConfig: { sds: { targetUri: 'unix:/var/run/secrets/workload-spiffe-uds/socket' } },
  },
  {
    gloo: OLD_GLOO,
    mesh: { mode: 'citadel-files', istioVersion: '1.4.10' },
    containers: ['gateway-proxy'],
    sslConfig: { sslFiles: { tlsCert: '/etc/certs/istio-system/istio/cert-chain.pem' } },
  },
]

const skip = await skipWithoutMesh()
if (skip) {
  t.test('modes, with pods', { skip }, async () => {})
} else {
  for (const { gloo, mesh, containers, sslConfig } of modes)
    t.test(`${mesh.mode}, with Gloo ${gloo}`, async t => {
      const authority = await createMeshAuthority('cluster.local', new Date())
      const stage = await setStage(t, { gloo, authority })
      const { must, gateway, applyObject } = stage
      await applyObject('secret', await certificateSecret(authority, GLOO_SYSTEM, ACCOUNT))
      const meshes = [{ namespace: 'istio-system', name: 'istio', ...mesh }]
      await install(stage, { meshes })
      await untilInjected(stage, containers, 60)
      t.equal((await askFor(gateway, 503)).status, 503)
      await must('label', 'namespace', MESHED, `${LABEL}=enabled`)
      t.match(await askFor(gateway, 200), { status: 200, identity: IDENTITY })
      t.match(await sslConfigNow(stage), sslConfig)
      await must('label', 'namespace', MESHED, `${LABEL}-`)
      t.equal((await askFor(gateway, 503)).status, 503)
    })
}
