import { t } from 'tap'
import { type Answer, ask, askFor } from './mesh/client.ts'
import { specNow, sslConfigNow, untilInjected } from './mesh/looks.ts'
import { askAsOutsider } from './mesh/outsider.ts'
import { install } from './mesh/release.ts'
import { GLOO_SYSTEM, MESHED, setStage, skipWithoutMesh } from './mesh/stage.ts'

const LABEL = 'gloo-istio.io/mtls'
const IDENTITY = `spiffe://cluster.local/ns/${GLOO_SYSTEM}/sa/gateway-proxy`

const skip = await skipWithoutMesh()
if (skip) {
  t.test('the tutorial, with pods', { skip }, async () => {})
} else {
  const stage = await setStage(t)
  const { must, gateway, reach } = stage
  const asDiscovered = await specNow(stage)

  t.test('without certificates of the mesh, the gateway gets nothing', async t => {
    t.equal((await askFor(gateway, 503)).status, 503)
  })

  t.test('a client outside of the mesh is refused by the service', async t => {
    const at = { namespace: MESHED, name: 'details', port: 9080 }
    const [plain, secure] = [
      await reach.ofService(at),
      await reach.ofService({ ...at, scheme: 'https' }),
    ]
    t.match(
      await askAsOutsider(plain),
      /ECONNRESET|service: (EOF|.*connection reset)/,
      'in plain text',
    )
    t.match(
      await askAsOutsider(secure),
      /CERTIFICATE_REQUIRED|certificate required/,
      'by TLS without a certificate',
    )
  })

  t.test('the product brings certificates to the gateway, which rolls out once', async t => {
    await install(stage)
    await untilInjected(stage, ['gateway-proxy', 'sds', 'istio-proxy'])
    t.equal((await ask(gateway)).status, 503, 'and nothing else has changed')
    t.strictSame(await specNow(stage), asDiscovered)
  })

  let answer: Answer
  t.test('one label, and the service answers', async t => {
    await must('label', 'namespace', MESHED, `${LABEL}=enabled`)
    answer = await askFor(gateway, 200)
    t.match(answer, { status: 200, identity: IDENTITY, text: /William Shakespeare/ })
    t.strictSame(await sslConfigNow(stage), {
      alpnProtocols: ['istio'],
      sds: {
        certificatesSecretName: 'istio_server_cert',
        targetUri: '127.0.0.1:8234',
        validationContextName: 'istio_validation_context',
      },
    })
  })

  t.test('without the label, all is as it was', async t => {
    await must('label', 'namespace', MESHED, `${LABEL}-`)
    t.equal((await askFor(gateway, 503)).status, 503)
    t.strictSame(await specNow(stage), asDiscovered)
  })
}
