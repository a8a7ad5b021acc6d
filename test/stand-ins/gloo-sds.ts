import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StartImage } from './pod-containers.ts'
import { startSdsServer } from './sds-server.ts'
import { certificate, type Question, trustedRoot } from './sds-stream.ts'

const LOOK_AGAIN_MS = 200
/** Gloo's container gives up after eight tries, about 13 s, and is restarted by the kubelet. */
const PATIENCE_MS = 13_000

interface Served {
  readonly root: string
  readonly chain: string
  readonly key: string
}

/** Undefined while a file is missing, or while the key is still that of the last certificate. */
const readCertificates = (folder: string): Served | undefined => {
  try {
    const [root, chain, key] = ['root-cert.pem', 'cert-chain.pem', 'key.pem'].map(name =>
      readFileSync(join(folder, name), 'utf8'),
    ) as [string, string, string]
    const isPair = new X509Certificate(chain).checkPrivateKey(createPrivateKey(key))
    return isPair ? { root, chain, key } : undefined
  } catch {
    return undefined
  }
}

const firstCertificates = async (folder: string): Promise<Served> => {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    const served = readCertificates(folder)
    if (served) return served
    await sleep(LOOK_AGAIN_MS)
  }
  throw new Error(`sds: no certificates in ${folder} after ${PATIENCE_MS / 1000} s`)
}

/**
 * The container `sds` of Gloo, told by its environment what to serve where. Like Gloo's it knows one
 * node only, its own pod: who asks under another name waits for ever.
 */
export const glooSds: StartImage = async ({ env, reroot }) => {
  if (env['ISTIO_MTLS_SDS_ENABLED'] !== 'true') throw new Error('sds: nothing is enabled')
  const {
    SDS_SERVER_ADDRESS: address = '0.0.0.0:8234',
    ISTIO_CERT_DIR: folder = reroot('/etc/istio-certs/'),
    ISTIO_SERVER_CERT: certificateName = 'istio_server_cert',
    ISTIO_VALIDATION_CONTEXT: rootName = 'istio_validation_context',
  } = env
  const node = env['SDS_CLIENT'] ?? `${env['POD_NAME']}.${env['POD_NAMESPACE']}`
  let served = await firstCertificates(folder)

  const answer = async ({ name, nodeId }: Question) => {
    if (nodeId !== node) return undefined
    if (name === certificateName) return certificate(served.chain, served.key)
    return name === rootName ? trustedRoot(served.root) : undefined
  }
  const server = await startSdsServer({ address, answer })

  const look = async () => {
    const found = readCertificates(folder) ?? served
    if (JSON.stringify(found) === JSON.stringify(served)) return
    served = found
    await server.push()
  }
  const looking = setInterval(() => void look(), LOOK_AGAIN_MS)
  const stop = () => {
    clearInterval(looking)
    server.stop()
  }
  return { stop }
}
