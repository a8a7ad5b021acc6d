import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { createMeshAuthority } from '../../certs/mesh.ts'
import { modeNamed } from '../demo/modes.ts'
import { NAMESPACE } from '../demo/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { startDetails } from '../stand-ins/details.ts'
import { underWay, until } from './verify-looks.ts'
import { startForwardingCluster, startStage } from './verify-stage.ts'

const ON = { 'gloo-istio.io/mtls': 'enabled' }
const IDENTITY = `spiffe://cluster.local/ns/${NAMESPACE}/sa/gateway-proxy`

const skip = skipUnless('kubernetes', 'kubectl', 'envoy', 'istio')
if (skip) {
  t.test('verify where certificates come from an agent, or from nobody', { skip }, async () => {})
} else {
  // Paths of Unix sockets are short, those of tap's own folders are not.
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-verify-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const cluster = await startForwardingCluster(join(dir, 'control-plane'))
  t.teardown(() => cluster.stop())
  const mesh = await createMeshAuthority('cluster.local', new Date())
  const details = await startDetails(mesh)
  t.teardown(details.close)

  t.test('a server of certificates that does not run: SdsUnreachable', async t => {
    const mode = modeNamed('citadel-sds')
    const images = { sds: async () => ({ stop: () => {} }) }
    const at = join(dir, 'silent')
    const stage = await startStage({ cluster, dir: at, mode, mesh, details, images })
    t.teardown(() => stage.end())
    await stage.annotate(ON)
    const { found } = await until(t, stage, ['broken', 'SdsUnreachable'])
    t.match(found.break?.message, /from cluster gateway_proxy_sds: \d+ attempts failed/)
  })

  t.test('certificates of istiod, by Istio’s agent and Gloo’s sds', async t => {
    const mode = modeNamed('istio-agent')
    const agent = { SECRET_TTL: '30s' }
    const stage = await startStage({ cluster, dir: join(dir, 'agent'), mode, mesh, details, agent })
    t.teardown(() => stage.end())

    await t.test('proved', async t => {
      await stage.annotate(ON)
      const { found, wanted } = await underWay(stage, () => until(t, stage, ['proved']))
      t.equal(wanted.report.mode, 'istio-agent')
      const seen = found.pods[0]?.links.map(link => link.seen).join('\n')
      t.match(seen, /TLS with istio_server_cert from 127.0.0.1:\d+, ALPN istio/)
      t.match(seen, new RegExp(`^${IDENTITY} #.* seconds? left\\)$`, 'm'))
    })

    await t.test('without istiod the certificate runs out: CertificateExpired', async t => {
      await stage.issuer.stop()
      const { found } = await until(t, stage, ['broken', 'CertificateExpired'])
      t.match(found.break?.message, /ran out at .* ago/)
    })
  })
}
