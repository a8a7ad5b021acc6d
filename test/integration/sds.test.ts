import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { t } from 'tap'
import { createMeshAuthority } from '../../certs/mesh.ts'
import { freePort } from '../parts/ports.ts'
import { glooSds } from '../stand-ins/gloo-sds.ts'
import { startNodeAgent } from '../stand-ins/node-agent.ts'
import { sdsService } from '../stand-ins/sds-server.ts'

// Envoy gets its certificates from these stand-ins; what they refuse is what makes that mean something.
const WAIT_MS = 500
const HEADER = 'istio_sds_credentials_header-bin'

interface Asked {
  readonly address: string
  readonly node: string
  readonly name: string
  readonly metadata?: Metadata
}

/** The name of what was served, why nothing was, or `silence`. */
const ask = ({ address, node, name, metadata = new Metadata() }: Asked) =>
  new Promise<string>(resolve => {
    const client = new Client(address, credentials.createInsecure())
    const method = sdsService['StreamSecrets']
    if (method === undefined) throw new Error('no such method')
    const { path, requestSerialize, responseDeserialize } = method
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata)
    const end = (said: string) => {
      client.close()
      resolve(said)
    }
    call.on('data', ({ resources }) => end(resources[0].value.name))
    call.on('error', (error: Error & { details: string }) => end(error.details))
    setTimeout(() => end('silence'), WAIT_MS)
    call.write({ node: { id: node }, resourceNames: [name] })
  })

const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-sds-'))
t.teardown(() => rmSync(dir, { recursive: true, force: true }))
const mesh = await createMeshAuthority('cluster.local', new Date())

t.test('Istio’s node agent serves those who show a token', async t => {
  const socket = join(dir, 'uds_path')
  const agent = await startNodeAgent({ mesh, socket, header: HEADER, audience: 'istio-ca' })
  t.teardown(agent.stop)
  const address = `unix:${socket}`
  const tokenOf = (claims: object) =>
    ['', Buffer.from(JSON.stringify(claims)).toString('base64url'), ''].join('.')
  const showing = (header: string, claims: object) => {
    const metadata = new Metadata()
    metadata.set(header, Buffer.from(tokenOf(claims)))
    return metadata
  }
  const question = { address, node: 'a.b', name: 'default' }
  const account = { sub: 'system:serviceaccount:b:a', aud: ['istio-ca'] }

  t.equal(await ask({ ...question, metadata: showing(HEADER, account) }), 'default')
  t.equal(await ask(question), `no credential token under ${HEADER}`)
  const misspelt = showing('istio_sds_credential_header-bin', account)
  t.equal(await ask({ ...question, metadata: misspelt }), `no credential token under ${HEADER}`)
  const forOthers = showing(HEADER, { ...account, aud: ['https://kubernetes.default.svc'] })
  t.equal(await ask({ ...question, metadata: forOthers }), 'the token is not for istio-ca')
  const user = showing(HEADER, { ...account, sub: 'jane' })
  t.equal(await ask({ ...question, metadata: user }), 'not a token of an account')
})

t.test('Gloo’s container sds serves its own pod, what it is told to serve', async t => {
  const { certPem, keyPem } = await mesh.issue('b', 'a')
  const files = { 'root-cert.pem': mesh.rootPem, 'cert-chain.pem': certPem, 'key.pem': keyPem }
  for (const [name, pem] of Object.entries(files)) writeFileSync(join(dir, name), pem)
  const address = `127.0.0.1:${await freePort()}`
  const env = {
    POD_NAME: 'a',
    POD_NAMESPACE: 'b',
    ISTIO_MTLS_SDS_ENABLED: 'true',
    SDS_SERVER_ADDRESS: address,
    ISTIO_CERT_DIR: dir,
    ISTIO_SERVER_CERT: 'mine',
  }
  const reroot = <T>(value: T) => value
  const sds = await glooSds({
    name: 'sds',
    image: 'sds',
    root: dir,
    env,
    args: [],
    log: '',
    reroot,
  })
  t.teardown(() => sds.stop())

  t.equal(await ask({ address, node: 'a.b', name: 'mine' }), 'mine')
  const root = 'istio_validation_context'
  t.equal(await ask({ address, node: 'a.b', name: root }), root)
  t.equal(await ask({ address, node: 'another.b', name: 'mine' }), 'silence')
  t.equal(await ask({ address, node: 'a.b', name: 'istio_server_cert' }), 'silence')
})
