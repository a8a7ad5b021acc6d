import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { strFromU8, unzipSync } from 'fflate'
import { t } from 'tap'
import { createAuthority } from '../../src/certs/authority.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { manifest, must } from '../demo/stage.ts'
import { commandLine, EMPTY, runCases } from '../harness/command-line.ts'
import { discovered, GLOO_SYSTEM, namespace } from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { CLI } from '../parts/program.ts'
import { kubeconfigOf } from '../parts/serve-process.ts'
import { serveLogs } from '../stand-ins/kubelet-logs.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A secret, of which there is no second in the world. */
const planted: string[] = []
const secret = (): string => {
  const made = `zQ9${randomBytes(12).toString('hex').replace(/^./, 'K')}`
  planted.push(made)
  return made
}
const pem = (body: string) => `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`

const NAMESPACE = 'gloo-istio'
const NODE = 'node-a'
const LABELS = { 'app.kubernetes.io/name': 'gloo-istio' }
const OURS = { ...LABELS, 'app.kubernetes.io/part-of': 'gloo-istio' }

/** Known to nobody but the Secret that it is in, and a log that says it. */
const told = secret()

const logs = (_: string, container: string, previous: boolean): string =>
  [
    'too far back to be asked for',
    `{"level":30,"msg":"${previous ? 'it was before' : 'listening'}","container":"${container}"}`,
    `dial https://admin:${secret()}@example.com/x`,
    `> Authorization: Bearer ${secret()}`,
    `{"msg":"x","password":"${secret()}"}`,
    `session eyJhbGciOiJub25lIn0.${base64(secret())}.${secret()}`,
    `key ${JSON.stringify(pem(secret()))}`,
    pem(secret()),
    `blob ${base64(pem(secret()))}`,
    `the database said: ${told} is wrong`,
    `the database said: ${base64(told)} is wrong`,
    '',
  ].join('\n')

const container = () => ({
  name: 'webhook',
  image: 'example.com/gloo-istio:9.9.9',
  args: ['serve', '--config=/etc/gloo-istio/config.yaml', '--password', secret()],
  env: [
    { name: 'DB_PASSWORD', value: secret() },
    { name: 'GREETING', value: secret() },
    { name: 'POD_NAME', value: 'a-pod' },
    { name: 'FROM', valueFrom: { secretKeyRef: { name: 'database', key: 'password' } } },
  ],
  ports: [{ name: 'metrics', containerPort: 9090 }],
})

const inOurs = (apiVersion: string, kind: string, name: string, more: JsonObject): JsonObject => ({
  apiVersion,
  kind,
  metadata: {
    namespace: NAMESPACE,
    name,
    labels: OURS,
    annotations: { 'example.com/note': secret(), 'gloo-istio.io/note': 'ours' },
  },
  ...more,
})

const CONFIGURATION = () => `# password: ${secret()}
apiVersion: gloo-istio.io/v1alpha1
kind: Configuration
selection: all
`

const envoyYaml = () => `node: {}
static_resources:
  clusters: []
  secrets:
    - private_key:
        inline_string: |
          ${pem(secret()).replaceAll('\n', '\n          ')}
    - inline_bytes: ${base64(pem(secret()))}
admin:
  headers: {authorization: "Basic ${base64(`admin:${secret()}`)}"}
`

const place = async (kubectl: (...args: string[]) => Promise<unknown>, dir: string) => {
  const template = { metadata: { labels: LABELS }, spec: { containers: [container()] } }
  const { certPem } = await createAuthority({ commonName: 'a', days: 90, now: new Date() })
  const objects: readonly JsonObject[] = [
    inOurs('apps/v1', 'Deployment', 'gloo-istio', {
      spec: { replicas: 1, selector: { matchLabels: LABELS }, template },
    }),
    inOurs('v1', 'ConfigMap', 'gloo-istio', { data: { 'config.yaml': CONFIGURATION() } }),
    inOurs('v1', 'Secret', 'database', {
      data: {
        password: base64(told),
        'tls.crt': base64(certPem),
        'tls.key': base64(pem(secret())),
      },
    }),
    inOurs('coordination.k8s.io/v1', 'Lease', 'gloo-istio', {
      spec: { holderIdentity: 'gloo-istio-1_a' },
    }),
    inOurs('v1', 'Event', 'an-event', {
      involvedObject: { kind: 'Pod', namespace: NAMESPACE, name: 'gloo-istio-1' },
      reason: 'Failed',
      message: `pulling with token=${secret()} failed`,
    }),
    {
      ...inOurs('v1', 'Pod', 'gloo-istio-1', {
        spec: { nodeName: NODE, automountServiceAccountToken: false, containers: [container()] },
      }),
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: GLOO_SYSTEM, name: 'envoy', labels: { gloo: 'gateway-proxy' } },
      data: { 'envoy.yaml': envoyYaml() },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'ours', annotations: { 'example.com/token': secret() } },
      webhooks: [
        {
          name: 'a.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Ignore',
          clientConfig: { url: 'https://127.0.0.1:1/x', caBundle: base64(certPem) },
          rules: [
            {
              apiGroups: ['example.com'],
              apiVersions: ['v1'],
              resources: ['upstreams'],
              operations: ['CREATE'],
            },
          ],
        },
      ],
    },
    {
      ...discovered('team-a', 'details'),
      spec: {
        static: { hosts: [{ addr: `https://u:${secret()}@example.com`, port: 80 }] },
        healthChecks: [{ headers: [{ key: 'Authorization', value: secret() }] }],
      },
    },
  ]
  const file = join(dir, 'objects.json')
  // `apply` leaves its copy of each object in an annotation.
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await kubectl('apply', '-f', file)
  return certPem
}

const skip = skipUnless('kubernetes', 'kubectl')
if (skip) {
  t.test('a support bundle of a real cluster', { skip }, async () => {})
} else {
  const { dir, controlPlane } = await setStage(t, [namespace(NAMESPACE)])
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  await kubectl('apply', '-f', manifest('settings-crd'))
  await kubectl('create', '-f', await nodeFile())
  const certificate = await place(kubectl, dir)
  const status = { phase: 'Running', containerStatuses: [statusOf()] }
  const patch = JSON.stringify({ status })
  await kubectl(
    'patch',
    'pod',
    'gloo-istio-1',
    '-n',
    NAMESPACE,
    '--subresource=status',
    '-p',
    patch,
  )
  const gloo = commandLine(controlPlane.kubeconfig)

  async function nodeFile(): Promise<string> {
    const file = join(dir, 'node.json')
    writeFileSync(file, JSON.stringify(await serveLogs(t, NODE, logs)))
    return file
  }

  function statusOf(): JsonObject {
    const state = { running: { startedAt: '2026-11-28T09:00:00Z' } }
    const more = { image: 'x', imageID: 'x', ready: true, lastState: {} }
    return { name: 'webhook', restartCount: 1, state, ...more }
  }

  const filesIn = (zip: Uint8Array) =>
    new Map(Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, strFromU8(bytes)]))

  const zip = join(dir, 'bundle.zip')
  const outcome = await gloo('bundle', '-o', zip, '--tail', '100')
  t.equal(outcome.code, 0, outcome.stderr)
  const files = filesIn(readFileSync(zip))
  const everything = [...files].flat().join('\n')
  const fileOf = (name: string) => files.get(name) ?? ''

  t.test('it says where it is, and to look through it', async t => {
    t.match(outcome.stdout, /^\S+bundle\.zip: \d+ files, \d+ not to be had, \d+ KiB$/)
    t.match(outcome.stderr, /Secrets are redacted[\s\S]*Look through it/)
    t.equal(statSync(zip).mode & 0o777, 0o600, 'for nobody else')
  })

  t.test('none of the secrets is in it, in whatever form', async t => {
    t.ok(planted.length > 30, String(planted.length))
    const forms = (text: string) => [
      text,
      base64(text).replace(/=+$/, ''),
      base64(`x${text}`).slice(4, -4),
      base64(`xx${text}`).slice(4, -4),
    ]
    for (const text of [...planted, adminKey()])
      for (const form of forms(text)) t.notOk(everything.includes(form), form)
  })

  function adminKey(): string {
    const { users } = JSON.parse(readFileSync(controlPlane.kubeconfig, 'utf8'))
    const key = Buffer.from(users[0].user['client-key-data'], 'base64').toString()
    return key.split('\n')[1] ?? 'no key'
  }

  // file | what is in it
  const contents: readonly (readonly [string, RegExp])[] = [
    ['README.txt', /gloo-istio\/deployments\.yaml +our Deployments/],
    ['README.txt', /Not here, or not whole:[\s\S]*gloo-istio\/metrics\/gloo-istio-1\.txt: /],
    ['README.txt', /istio\/policies\.yaml: the cluster has no such kind of objects/],
    ['README.txt', /Redacted, each as <redacted: N bytes>/],
    [
      'versions.yaml',
      /gloo_istio: \d[\s\S]*gitVersion: v1\.[\s\S]*example\.com\/gloo-istio:9\.9\.9/,
    ],
    ['gloo-istio/deployments.yaml', /gloo-istio\.io\/note: ours/],
    ['gloo-istio/deployments.yaml', /name: POD_NAME\n\s+value: a-pod/],
    ['gloo-istio/deployments.yaml', /name: GREETING\n\s+value: "?<redacted: 27 bytes>/],
    ['gloo-istio/deployments.yaml', /secretKeyRef:\n\s+(key: password\n\s+)?name: database/],
    ['gloo-istio/deployments.yaml', /last-applied-configuration: "?<redacted/],
    ['gloo-istio/configmaps.yaml', /selection: all/],
    ['gloo-istio/gloo-istio.gloo-istio/pods.yaml', /nodeName: node-a/],
    ['gloo-istio/events.yaml', /reason: Failed/],
    ['gloo-istio/leases.yaml', /holderIdentity: gloo-istio-1_a/],
    ['gloo-istio/logs/gloo-istio-1/webhook.log', /"msg":"listening","container":"webhook"/],
    [
      'gloo-istio/logs/gloo-istio-1/webhook.log',
      /the database said: <redacted: \d+ bytes> is wrong/,
    ],
    ['gloo-istio/logs/gloo-istio-1/webhook.previous.log', /it was before/],
    ['gloo-istio/decisions.yaml', /name: team-a-details-9080[\s\S]*reason: /],
    ['cluster/mutating-webhooks.yaml', /name: a\.example\.com/],
    ['cluster/secrets.yaml', /name: database\n {2}type: Opaque/],
    ['cluster/secrets.yaml', /password: 27 bytes\n/],
    ['cluster/secrets.yaml', /tls\.crt: \d+ bytes, certificate until \d{4}-/],
    ['gloo/upstreams.yaml', /name: team-a-details-9080/],
    ['gloo/bootstraps.yaml', /static_resources:/],
    ['istio/control-planes.yaml', /name: istiod/],
    ['cluster/namespaces.yaml', /name: gloo-system/],
    ['check.txt', /kubernetes/i],
  ]
  for (const [name, wanted] of contents)
    t.test(`${name} has ${String(wanted)}`, async t => t.match(fileOf(name), wanted))

  t.test('certificates are public, and stay', async t => {
    t.ok(fileOf('cluster/mutating-webhooks.yaml').includes(base64(certificate)))
  })

  t.test('it goes to standard output, and nothing else does', async t => {
    const child = spawn(process.execPath, [CLI, 'bundle', '-o', '-', '--tail', '1'], {
      env: { ...process.env, KUBECONFIG: controlPlane.kubeconfig },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [bytes] = await Promise.all([buffer(child.stdout), once(child, 'exit')])
    const found = filesIn(bytes)
    t.ok(found.has('README.txt'))
    t.equal(found.get('gloo-istio/logs/gloo-istio-1/webhook.log')?.trim(), '', 'the last line only')
  })

  const restricted = async (rights: readonly (readonly string[])[]): Promise<string> => {
    await kubectl('create', 'serviceaccount', 'viewer', '-n', NAMESPACE)
    for (const right of rights) await kubectl(...right)
    const account = { namespace: NAMESPACE, fullName: 'viewer' }
    const file = join(dir, 'viewer.kubeconfig')
    writeFileSync(file, await kubeconfigOf(controlPlane, account), { mode: 0o600 })
    return file
  }

  t.test('what may not be seen is said in the index, and is no failure', async t => {
    const kubeconfig = await restricted([
      [
        'create',
        'role',
        'viewer',
        '-n',
        NAMESPACE,
        '--verb=get,list',
        '--resource=pods,deployments.apps',
      ],
      [
        'create',
        'rolebinding',
        'viewer',
        '-n',
        NAMESPACE,
        '--role=viewer',
        '--serviceaccount=gloo-istio:viewer',
      ],
    ])
    const file = join(dir, 'few.zip')
    const { code, stderr } = await commandLine(kubeconfig)('bundle', '-o', file, '-n', NAMESPACE)
    t.equal(code, 0, stderr)
    const found = filesIn(readFileSync(file))
    t.match(found.get('gloo-istio/deployments.yaml'), /example\.com\/gloo-istio:9\.9\.9/)
    t.match(found.get('README.txt'), /gloo\/upstreams\.yaml: not allowed: .*cannot list resource/)
    const { token } = JSON.parse(readFileSync(kubeconfig, 'utf8')).users[0].user
    t.notOk([...found].flat().join('\n').includes(token.slice(-40)))
  })

  t.test('what is to be mended is told', async t => {
    await runCases(t, gloo, [
      [
        ['bundle', '-o', zip],
        2,
        EMPTY,
        /^gloo-istio: cannot write .*: it is there already; name another file by -o$/,
      ],
      [
        ['bundle', '-o', '/no/such/x.zip'],
        2,
        EMPTY,
        /cannot write .*ENOENT; name another file by -o$/,
      ],
      [['bundle', '--tail', '0'], 2, EMPTY, /expected 1 to 999999/],
      [['bundle', '--since', '5'], 2, EMPTY, /expected a number and s, m or h/],
      [['bundle', '--context', 'x'], 2, EMPTY, /it has no context x/],
    ])
    t.notOk(existsSync('/no/such/x.zip'))
  })
}
