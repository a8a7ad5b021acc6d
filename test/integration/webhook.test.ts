import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import type { JsonObject } from '../../src/core/types.ts'
import { manifest, must, untilAdmitted } from '../demo/stage.ts'
import { upstream } from '../harness/build.ts'
import { eventually } from '../harness/live.ts'
import { ENVOY, envoyWith, gatewayProxy, type Shape } from '../harness/workloads.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'
import { installWebhook } from '../parts/webhook.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
if (skip) {
  t.test('the chart on a real API server', { skip }, async () => {})
} else {
  const dir = t.testdir()
  const audit = { policy: join(dir, 'audit.yaml'), log: join(dir, 'audit.log') }
  writeFileSync(
    audit.policy,
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n',
  )
  const controlPlane = await startControlPlane({
    dir: join(dir, 'control-plane'),
    extraArgs: [`--audit-policy-file=${audit.policy}`, `--audit-log-path=${audit.log}`],
  })
  t.teardown(() => controlPlane.stop())
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  await kubectl('create', 'namespace', 'gloo-system')
  await kubectl('apply', '-f', manifest('upstream-crd'))
  const installed = await installWebhook({
    controlPlane,
    dir,
    values: {
      follow: { enabled: false },
      gloo: { version: '1.4.0' },
      meshes: [
        { namespace: 'supergloo-system', name: 'istio', istioVersion: '1.4.10' },
        { namespace: 'team-b', name: 'istio', istioVersion: '1.4.10' },
        { namespace: 'team-c', name: 'istio', istioVersion: '1.22.3' },
      ],
    },
  })
  t.teardown(() => installed.stop())
  await untilAdmitted(controlPlane, manifest('gateway-proxy'), 'gloo-istio-')

  const A = { 'gloo-istio.io/mtls': 'enabled', 'gloo-istio.io/mesh': 'supergloo-system.istio' }
  let count = 0

  /** Applies an object under a name of its own; answers what is stored and what kubectl said. */
  const apply = async (object: JsonObject, ...flags: string[]) => {
    const name = `test-${++count}`
    const named = { ...object, metadata: { ...(object['metadata'] as JsonObject), name } }
    const file = join(dir, `${name}.json`)
    writeFileSync(file, JSON.stringify(named))
    const { stdout, stderr, code } = await controlPlane.kubectl(
      'apply',
      '-o',
      'json',
      '-f',
      file,
      ...flags,
    )
    if (code !== 0) throw new Error(stderr)
    return { name, stored: JSON.parse(stdout), warnings: stderr, file }
  }

  const files = (mesh: string) => ({
    rootCa: `/etc/certs/${mesh}/root-cert.pem`,
    tlsCert: `/etc/certs/${mesh}/cert-chain.pem`,
    tlsKey: `/etc/certs/${mesh}/key.pem`,
  })

  const lineOf = (name: string) =>
    installed.log().findLast(line => line['msg'] === 'reviewed' && line['name'] === name)

  /** What the webhook logged of its last review of an object, which is written after the answer. */
  const logOf = async (name: string) => {
    await eventually(`a review of ${name} is logged`, async () => lineOf(name) !== undefined)
    return lineOf(name)
  }

  const FILLED = { alpnProtocols: ['istio'], sslFiles: files('supergloo-system/istio') }

  t.test('an annotated Upstream is stored with its sslConfig, in its dialect', async t => {
    const flat = await apply(upstream({}, A))
    t.strictSame(flat.stored.spec.sslConfig, FILLED)
    t.equal(flat.warnings, '')
    const nested = await apply(
      upstream({ spec: { upstreamSpec: { kube: { serviceName: 'x' } } } }, A),
    )
    t.strictSame(nested.stored.spec.upstreamSpec.sslConfig, FILLED)
    t.equal(nested.stored.spec.sslConfig, undefined)
  })

  t.test('the pair of reason and message is in the audit log, the log and the warning', async t => {
    const { name, warnings } = await apply(upstream({}, { ...A, 'gloo-istio.io/mesh': 'x.y' }))
    const logged = await logOf(name)
    t.match(logged, { reason: 'UnknownMesh', outcome: 'skipped' })
    t.equal(warnings.trim(), `Warning: gloo-istio: ${String(logged?.['message'])} [UnknownMesh]`)
    const audited = readFileSync(audit.log, 'utf8')
      .split('\n')
      .findLast(line => line.includes(`"name":"${name}"`))
    t.match(JSON.parse(audited ?? '{}').annotations, {
      'upstreams.gloo-istio.io/reason': 'UnknownMesh',
      'upstreams.gloo-istio.io/message': logged?.['message'],
    })
  })

  t.test('disabled takes away what was written, and discovery does not bring it back', async t => {
    const discovered = upstream({}, A)
    const labels = { discovered_by: 'kubernetesplugin' }
    const metadata = { ...(discovered['metadata'] as JsonObject), labels }
    const { name, stored } = await apply({ ...discovered, metadata })
    t.ok(stored.spec.sslConfig)
    const off = ['gloo-istio.io/mtls=disabled', '--overwrite']
    await kubectl('annotate', 'upstream', name, '-n', 'gloo-system', ...off)
    const read = async () =>
      JSON.parse(await kubectl('get', 'upstream', name, '-n', 'gloo-system', '-o', 'json'))
    t.equal((await read()).spec.sslConfig, undefined)
    // As Gloo's discovery writes it: whole, with its own copy of the sslConfig, and no annotations.
    const { resourceVersion } = (await read()).metadata
    const file = join(dir, 'discovery.json')
    const bare = { name, namespace: 'gloo-system', labels, resourceVersion }
    writeFileSync(file, JSON.stringify({ ...stored, metadata: bare }))
    await kubectl(
      'create',
      'clusterrole',
      'discovery',
      '--verb=get,update',
      '--resource=upstreams.gloo.solo.io',
    )
    await kubectl(
      'create',
      'clusterrolebinding',
      'discovery',
      '--clusterrole=discovery',
      '--serviceaccount=gloo-system:discovery',
    )
    await kubectl('replace', '--as=system:serviceaccount:gloo-system:discovery', '-f', file)
    t.equal((await read()).spec.sslConfig, undefined)
    t.match((await read()).metadata.annotations, { 'gloo-istio.io/mtls': 'disabled' })
  })

  t.test('the ConfigMap of a bootstrap is seen, and no other', async t => {
    const configMap = (labels: JsonObject) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'gloo-system', labels },
      data: { 'envoy.yaml': 'static_resources:\n  clusters:\n  - name: xds_cluster\n' },
    })
    const { name } = await apply(configMap({ gloo: 'gateway-proxy' }))
    const other = await apply(configMap({ app: 'other' }))
    t.match(await logOf(name), { kind: 'ConfigMap', reason: 'NoModeFits' })
    t.equal(lineOf(other.name), undefined)
  })

  t.test('a second apply changes nothing', async t => {
    const { file, stored } = await apply(upstream({}, A))
    const again = JSON.parse(await kubectl('apply', '-o', 'json', '-f', file))
    t.equal(again.metadata.resourceVersion, stored.metadata.resourceVersion)
  })

  t.test('a dry run is answered and nothing is stored', async t => {
    const { stored, name } = await apply(upstream({}, A), '--dry-run=server')
    t.ok(stored.spec.sslConfig)
    t.not((await controlPlane.kubectl('get', 'upstream', name, '-n', 'gloo-system')).code, 0)
  })

  t.test('a status report goes through untouched', async t => {
    const { name, stored } = await apply(upstream({}, {}))
    const patch = JSON.stringify({ status: { state: 1 } })
    await kubectl('patch', 'upstream', name, '-n', 'gloo-system', '--type=merge', '-p', patch)
    const last = await logOf(name)
    t.match(last, { operation: 'CREATE' }, 'the API server does not even ask')
    t.strictSame(stored.spec, upstream()['spec'])
  })

  const warned: readonly [string, JsonObject, RegExp][] = [
    ['a user’s own sslConfig', upstream({ spec: { sslConfig: { sni: 'x' } } }, A), /SslConfigKept/],
    [
      'a slip in the annotation',
      upstream({}, { 'gloo-istio.io/mtls': 'on' }),
      /use "enabled" or "disabled".*InvalidAnnotation/,
    ],
    [
      'a slip in the mesh',
      upstream({}, { ...A, 'gloo-istio.io/mesh': 'istio' }),
      /MalformedMeshReference/,
    ],
    [
      'an unknown mesh',
      upstream({}, { ...A, 'gloo-istio.io/mesh': 'x.y' }),
      /known: supergloo-system.istio, team-b.istio, team-c.istio \[UnknownMesh/,
    ],
    ['no mesh named', upstream({}, { 'gloo-istio.io/mtls': 'enabled' }), /AmbiguousMesh/],
  ]
  for (const [title, object, warning] of warned)
    t.test(`kubectl warns of ${title}, and the write goes through`, async t => {
      const { stored, warnings } = await apply(object)
      t.match(warnings, /^Warning: gloo-istio: /)
      t.match(warnings, warning)
      t.strictSame(stored.spec, object['spec'])
    })

  t.test('a long warning comes through whole', async t => {
    const long = { 'gloo-istio.io/mtls': 'enabled', 'gloo-istio.io/mesh': 'x'.repeat(5000) }
    t.match((await apply(upstream({}, long))).warnings, /MalformedMeshReference\]/)
  })

  /** What the API server insists on, beside what decisions look at. */
  const valid = (shape: Shape, kind: string) => {
    const made = gatewayProxy({
      labels: { gloo: 'gateway-proxy' },
      volumes: [
        { name: 'envoy-config', configMap: { name: 'c' } },
        { name: 'mine', emptyDir: {} },
      ],
      ...shape,
    })
    const spec = made['spec'] as { template: { spec: { containers: JsonObject[] } } }
    const image = 'example.com/envoy:1'
    const containers = spec.template.spec.containers.map(container => ({ image, ...container }))
    const template = { ...spec.template, spec: { ...spec.template.spec, containers } }
    return {
      ...made,
      kind,
      spec: { selector: { matchLabels: { gloo: 'gateway-proxy' } }, template },
    }
  }

  for (const kind of ['Deployment', 'DaemonSet'])
    t.test(
      `a gateway-proxy ${kind} is stored with every mesh, and a second apply changes nothing`,
      async t => {
        const { stored, file } = await apply(
          valid({ podSpec: { serviceAccountName: 'gateway-proxy' } }, kind),
        )
        const { volumes, containers } = stored.spec.template.spec
        t.strictSame(
          volumes.slice(2).map((volume: { secret: object }) => volume.secret),
          Array(2).fill({ secretName: 'istio.gateway-proxy', optional: true, defaultMode: 420 }),
        )
        t.match(containers[0].volumeMounts.slice(1), [
          { mountPath: '/etc/certs/supergloo-system/istio', readOnly: true },
          { mountPath: '/etc/certs/team-b/istio', readOnly: true },
        ])
        const again = JSON.parse(await kubectl('apply', '-o', 'json', '-f', file))
        t.equal(again.metadata.generation, stored.metadata.generation)
      },
    )

  t.test('a proxy that is applied by its server side again and again stays as it is', async t => {
    const shape = {
      labels: { gloo: 'kube-gateway' },
      containers: [
        { ...ENVOY, name: 'gloo-gateway', image: 'example.com/gloo-envoy-wrapper:1.4.0' },
      ],
    }
    const made = valid(shape, 'Deployment')
    const file = join(dir, 'kube-gateway.json')
    const metadata = { ...(gatewayProxy(shape)['metadata'] as JsonObject), name: 'gloo-proxy-http' }
    const spec = made.spec as { selector: unknown }
    const selector = { matchLabels: { gloo: 'kube-gateway' } }
    writeFileSync(file, JSON.stringify({ ...made, metadata, spec: { ...spec, selector } }))
    const serverSide = [
      'apply',
      '--server-side',
      '--force-conflicts',
      '--field-manager=gloo',
      '-o',
      'json',
      '-f',
      file,
    ]
    const first = JSON.parse(await kubectl(...serverSide))
    t.equal(first.spec.template.spec.volumes.length, 4, 'two meshes with files, and its own two')
    const second = JSON.parse(await kubectl(...serverSide))
    t.strictSame(second.spec, first.spec)
    t.equal(second.metadata.generation, first.metadata.generation)
    await kubectl(
      'annotate',
      'deployment',
      'gloo-proxy-http',
      '-n',
      'gloo-system',
      'gloo-istio.io/inject=disabled',
    )
    const off = JSON.parse(
      await kubectl('get', 'deployment', 'gloo-proxy-http', '-n', 'gloo-system', '-o', 'json'),
    )
    t.equal(off.spec.template.spec.volumes.length, 2)
  })

  t.test('a clash is told, and what does not clash is mounted', async t => {
    const { warnings, stored } = await apply(
      valid({ containers: [envoyWith('mine', '/etc/certs/team-b')] }, 'Deployment'),
    )
    t.match(warnings, /mesh team-b.istio not mounted.*MountPathTaken/)
    t.equal(stored.spec.template.spec.containers[0].volumeMounts.length, 3)
  })

  t.test('an unusable review is told to the user, with field and fix', async t => {
    const configuration = 'gloo-istio.gloo-istio'
    const found = JSON.parse(
      await kubectl('get', 'mutatingwebhookconfiguration', configuration, '-o', 'json'),
    )
    const [webhook] = found.webhooks
    const rules = [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['secrets'],
        operations: ['CREATE'],
        scope: '*',
      },
    ]
    const file = join(dir, 'wrong.json')
    const wrong = {
      apiVersion: found.apiVersion,
      kind: found.kind,
      metadata: { name: 'wrong' },
      webhooks: [{ ...webhook, name: 'wrong.example.com', rules, failurePolicy: 'Fail' }],
    }
    writeFileSync(file, JSON.stringify(wrong))
    await kubectl('apply', '-f', file)
    let said = ''
    for (let tries = 0; tries < 50 && !said.includes('gloo-istio'); tries++)
      said = (
        await controlPlane.kubectl('create', 'secret', 'generic', `x-${tries}`, '-n', 'default')
      ).stderr
    t.match(
      said,
      /gloo-istio: request.kind is "\/v1 Secret", which \/mutate does not take: limit "rules"/,
    )
    t.match(said, 'GLOO_ISTIO_ERR_UNEXPECTED_KIND')
    await kubectl('delete', '-f', file)
  })

  t.test('the chart’s ServiceAccount may do what it must, and nothing else', async t => {
    const can = async (...what: string[]) =>
      (
        await controlPlane.kubectl(
          'auth',
          'can-i',
          '--as=system:serviceaccount:gloo-istio:gloo-istio',
          ...what,
        )
      ).stdout
    const resource = 'mutatingwebhookconfigurations'
    t.equal(await can('patch', `${resource}/gloo-istio.gloo-istio`), 'yes')
    t.equal(await can('get', `${resource}/gloo-istio.gloo-istio`), 'yes')
    for (const what of [
      ['patch', `${resource}/other`],
      ['list', resource],
      ['delete', `${resource}/gloo-istio.gloo-istio`],
      ['get', 'secrets', '-A'],
      ['update', 'upstreams.gloo.solo.io', '-A'],
    ])
      t.equal(await can(...what), 'no', what.join(' '))
  })

  t.test('an upgrade keeps the CA bundle, an uninstall leaves nothing', async t => {
    const bundle = () =>
      kubectl(
        'get',
        'mutatingwebhookconfiguration',
        'gloo-istio.gloo-istio',
        '-o',
        'jsonpath={.webhooks[*].clientConfig.caBundle}',
      )
    const before = await bundle()
    t.match(before, /^\S+ \S+ \S+$/, 'each webhook has one')
    await installed.helm(
      'upgrade',
      'gloo-istio',
      'charts/gloo-istio',
      '-n',
      'gloo-istio',
      '--reuse-values',
      '--set',
      'webhook.timeoutSeconds=3',
    )
    t.equal(await bundle(), before)
    await installed.helm('uninstall', 'gloo-istio', '-n', 'gloo-istio')
    const kinds =
      'mutatingwebhookconfigurations,clusterroles,clusterrolebindings,configmaps,serviceaccounts'
    const left = await kubectl(
      'get',
      kinds,
      '-A',
      '-l',
      'app.kubernetes.io/name=gloo-istio',
      '-o',
      'name',
    )
    t.equal(left, '')
  })
}
