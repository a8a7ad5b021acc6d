import { a, Capability, PeprModule, RegisterKind } from 'pepr'
import { fingerprint } from '../../../src/core/fingerprint.ts'

// A module of Pepr that does to an Upstream what gloo-istio does to it.
// Usage: node module.js PORT

class Upstream extends a.GenericKind {}
RegisterKind(Upstream, {
  group: 'gloo.solo.io',
  version: 'v1',
  kind: 'Upstream',
  plural: 'upstreams',
})

const sslConfig = () => ({
  alpnProtocols: ['istio'],
  sds: {
    certificatesSecretName: 'istio_server_cert',
    validationContextName: 'istio_validation_context',
    targetUri: '127.0.0.1:8234',
  },
})

const MESH = 'istio-system.istio'
const FINGERPRINT = fingerprint(sslConfig())

const enable = upstream => {
  if (upstream.Raw.spec.sslConfig !== undefined) return
  upstream.Raw.spec.sslConfig = sslConfig()
  const mark = { mesh: MESH, since: new Date().toISOString(), sslConfig: FINGERPRINT }
  upstream.SetAnnotation('gloo-istio.io/injected', JSON.stringify(mark))
}

const mtls = new Capability({ name: 'mtls', description: 'Fills in the sslConfig of Upstreams' })

mtls
  .When(Upstream)
  .IsCreatedOrUpdated()
  .WithAnnotation('gloo-istio.io/mtls', 'enabled')
  .Mutate(enable)

/** As `pepr init` has it. */
const pepr = {
  uuid: 'bench',
  onError: 'ignore',
  webhookTimeout: 10,
  alwaysIgnore: { namespaces: [] },
}

const [, , port] = process.argv
new PeprModule({ description: 'mtls', pepr }, [mtls], { deferStart: true }).start(Number(port))
