import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { UPSTREAM_KIND, upstream } from '../harness/build.ts'
import { freePort } from '../parts/ports.ts'
import { waitUntilReady } from '../parts/processes.ts'
import { IMAGE_ENVIRONMENT, NODE_FLAGS } from '../parts/program.ts'
import { buildProduct, PRODUCT_IMAGE as IMAGE } from '../real-cluster/product-image.ts'
import { createBuilder, skipWithoutBuilder } from './builder.ts'
import { runContainer, startContainer } from './container.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BUILD_MS = 600_000
const CONFIGURATION = `apiVersion: gloo-istio.io/v1alpha1
kind: Configuration
gloo: {version: 1.17.3}
meshes: [{namespace: istio-system, name: istio, istioVersion: 1.22.3}]
`

/** A Secret as the chart mounts it, and the CA that clients go by. */
const writeCertificates = async (folder: string): Promise<string> => {
  const life = { days: 1, now: new Date() }
  const authority = await createAuthority({ commonName: 'a test', ...life })
  const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }
  const usages = ['serverAuth'] as const
  const leaf = await issueCertificate(authority, {
    commonName: 'a test',
    ...names,
    usages,
    ...life,
  })
  mkdirSync(folder)
  writeFileSync(join(folder, 'ca.crt'), authority.certPem)
  writeFileSync(join(folder, 'tls.crt'), leaf.certPem)
  writeFileSync(join(folder, 'tls.key'), leaf.keyPem)
  return authority.certPem
}

const REVIEW = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'a3e1',
    kind: UPSTREAM_KIND,
    resource: { group: 'gloo.solo.io', version: 'v1', resource: 'upstreams' },
    name: 'default-details-9080',
    namespace: 'gloo-system',
    operation: 'CREATE',
    userInfo: { username: 'kubernetes-admin' },
    object: upstream(),
  },
}

interface Target {
  readonly port: number
  readonly path: string
  readonly ca: string
}

/** A GET, or a POST of a body, on a connection of its own. */
const sendTo = async (target: Target, body?: string) => {
  const method = body === undefined ? 'GET' : 'POST'
  const headers = { 'content-type': 'application/json' }
  const sending = request({ ...target, host: '127.0.0.1', agent: false, method, headers })
  sending.end(body)
  const [response] = (await once(sending, 'response')) as [IncomingMessage]
  return { status: response.statusCode, body: await text(response) }
}

const skip = skipWithoutBuilder()
if (skip) {
  t.test('the image', { skip }, async () => {})
} else {
  // For this process and for the one that runs it, which hears of it by the comment: packages are
  // unpacked here, which a machine with more to do takes minutes for.
  t.setTimeout(BUILD_MS)
  t.comment(`timeout=${BUILD_MS}`)
  // Not in the tree: the store holds whole file systems, which no linter or watcher should walk.
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-image-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const builder = createBuilder(dir)
  await buildProduct(builder, dir)
  t.teardown(() => builder.close())
  const image = await builder.configOf(IMAGE)
  const rootfs = await builder.mount(IMAGE)
  const container = (name: string, ...args: string[]) => ({ name, dir, rootfs, image, args })
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

  t.test('it says who it is, whom it runs as, and what it starts', async t => {
    t.equal(image.User, '65532:65532')
    t.strictSame(image.Entrypoint, ['/nodejs/bin/node', ...NODE_FLAGS, '/app/dist/cli.js'])
    t.strictSame(Object.keys(image.ExposedPorts).toSorted(), ['10250/tcp', '9090/tcp'])
    t.ok(image.Env.includes('NODE_ENV=production'))
    for (const [name, value] of Object.entries(IMAGE_ENVIRONMENT))
      t.ok(image.Env.includes(`${name}=${value}`), name)
    t.match(image.Labels, {
      'org.opencontainers.image.title': 'gloo-istio',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': manifest.version,
    })
  })

  t.test('it holds the program and nothing to run beside it', async t => {
    for (const path of [
      'bin/sh',
      'usr/bin/env',
      'usr/local/bin/npm',
      'app/node_modules',
      'app/src',
    ])
      t.notOk(existsSync(join(rootfs, path)), path)
    const files = readdirSync(join(rootfs, 'app'), { recursive: true, encoding: 'utf8' })
    t.ok(files.includes('dist/cli.js'))
    const known =
      /^(dist|LICENSE|package\.json|dist\/page(\/[\w-]+\.(html|css|js|svg))?|dist\/([\w-]+\.js|sbom\..*|THIRD-PARTY-.*))$/
    t.strictSame(
      files.filter(file => !known.test(file)),
      [],
    )
    for (const file of files) {
      const { uid, gid, mode } = statSync(join(rootfs, 'app', file))
      t.strictSame([uid, gid, mode & 0o002], [0, 0, 0], `${file} is root's alone to change`)
      t.equal(mode & 0o444, 0o444, `${file} can be read`)
    }
  })

  t.test('it brings its SBOM and the licences of what is in it', async t => {
    const read = (file: string) => readFileSync(join(rootfs, 'app/dist', file), 'utf8')
    const { components } = JSON.parse(read('sbom.cdx.json'))
    for (const name of Object.keys(manifest.dependencies))
      t.ok(
        components.some((component: JsonObject) => component['name'] === name),
        name,
      )
    t.match(read('THIRD-PARTY-NOTICES.txt'), 'fastify')
  })

  t.test('its own layer is small', async t => {
    const layers = await builder.layerSizes(IMAGE)
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
    const own = layers.at(-1) ?? 0
    const all = layers.reduce((sum, size) => sum + size, 0)
    t.comment(`compressed: ${megabytes(own)} of our own, ${megabytes(all)} with Node`)
    t.ok(own > 100_000)
    t.ok(own < 3_000_000)
  })

  t.test('it tells its version', async t => {
    const { stdout, code } = await runContainer(container('version', '--version'))
    t.strictSame([stdout, code], [manifest.version, 0])
  })

  t.test('NODE_OPTIONS reach Node', async t => {
    const environment = ['NODE_OPTIONS=--no-such-option']
    const { code, stderr } = await runContainer({
      ...container('options', '--version'),
      environment,
    })
    t.equal(code, 9)
    t.match(stderr, '--no-such-option is not allowed in NODE_OPTIONS')
  })

  t.test('it serves as the chart has it: no root, nothing to write to', async t => {
    const config = join(dir, 'config')
    mkdirSync(config)
    writeFileSync(join(config, 'config.yaml'), CONFIGURATION)
    const tls = join(dir, 'tls')
    const ca = await writeCertificates(tls)
    const [port, metricsPort] = [await freePort(), await freePort()]
    const send = (path: string, body?: string) => sendTo({ port, path, ca }, body)
    const started = performance.now()
    const running = await startContainer({
      ...container(
        'serve',
        'serve',
        '--config=/etc/gloo-istio/config.yaml',
        '--host=127.0.0.1',
        `--port=${port}`,
        `--metrics-port=${metricsPort}`,
        '--dns-name=127.0.0.1',
        '--drain=0s',
        '--cert-file=/var/run/gloo-istio/tls/tls.crt',
        '--key-file=/var/run/gloo-istio/tls/tls.key',
        '--ca-file=/var/run/gloo-istio/tls/ca.crt',
      ),
      environment: ['NODE_OPTIONS=--max-old-space-size=128'],
      volumes: [
        [config, '/etc/gloo-istio'],
        [tls, '/var/run/gloo-istio/tls'],
      ],
    })
    t.teardown(() => running.stop())
    const isReady = () =>
      send('/readyz').then(
        ({ status }) => status === 200,
        () => false,
      )
    await waitUntilReady([running], isReady, 30_000)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    t.comment(`ready ${seconds} s after its start, with ${running.status('VmRSS')} of memory`)

    t.match(running.status('Uid'), /^65532\b/)
    t.match(running.status('Gid'), /^65532\b/)
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      t.match(running.status(set), /^0+$/, set)
    t.equal(running.status('NoNewPrivs'), '1')
    t.ok(running.mountOptions('/').includes('ro'))

    const answer = await send('/mutate', JSON.stringify(REVIEW))
    t.equal(answer.status, 200)
    const { response } = JSON.parse(answer.body)
    t.match(response, { uid: 'a3e1', allowed: true, patchType: 'JSONPatch' })
    t.match(Buffer.from(response.patch, 'base64').toString(), 'sslConfig')
    const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
    t.match(await metrics.text(), 'gloo_istio_reviews_total')

    await running.stop(20_000)
    t.match(readFileSync(running.log, 'utf8'), '"msg":"closing"')
  })
}
