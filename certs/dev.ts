import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { generatedSource } from '../src/certs/generated-source.ts'
import { createMeshAuthority, spiffeName } from './mesh.ts'

// Writes a throw-away PKI for development: npm run certs -- --out FOLDER
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'certs/out' },
    'trust-domain': { type: 'string', default: 'cluster.local' },
    namespace: { type: 'string', default: 'default' },
    'service-account': { type: 'string', default: 'default' },
    name: { type: 'string', multiple: true, default: ['localhost', '127.0.0.1'] },
  },
})

const now = new Date()
const { namespace, 'service-account': account, 'trust-domain': trustDomain } = values
const mesh = await createMeshAuthority(trustDomain, now)
const workload = await mesh.issue(namespace, account)
const serving = (await generatedSource(values.name, now)).current()

const files = {
  'workload/root-cert.pem': mesh.rootPem,
  'workload/cert-chain.pem': workload.certPem,
  'workload/key.pem': workload.keyPem,
  'serving/ca.crt': serving.caPem,
  'serving/tls.crt': serving.certPem,
  'serving/tls.key': serving.keyPem,
}
for (const [name, pem] of Object.entries(files)) {
  const file = join(values.out, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, pem, { mode: 0o600 })
}
console.log(
  `${values.out}/workload: ${spiffeName(trustDomain, namespace, account)}, as Citadel names the files`,
)
console.log(`${values.out}/serving: ${values.name.join(', ')}, for gloo-istio serve`)
