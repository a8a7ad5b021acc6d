import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { fieldAt, items, textAt, withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { must } from '../demo/stage.ts'
import {
  containerNames,
  discovered,
  eventually,
  GLOO_SYSTEM,
  gatewayProxy,
  rollOut,
  service,
} from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { run } from '../parts/command.ts'
import { skipUnless } from '../parts/parts.ts'
import { CLI } from '../parts/program.ts'
import { kubeconfigOf } from '../parts/serve-process.ts'
import { installWebhook } from '../parts/webhook.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')

const bootstrap = (name: string, text: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: GLOO_SYSTEM, name, labels: { app: 'gloo', gloo: 'gateway-proxy' } },
  data: { 'envoy.yaml': text },
})
const CLUSTERS = 'static_resources:\n  clusters:\n  - name: xds_cluster # Gloo\n'

/** Gloo's own control plane has the label, too. */
const control = (): JsonObject => {
  const named = gatewayProxy('1.17.3', 'gloo')
  const labels = { app: 'gloo', gloo: 'gloo' }
  const containers = [{ name: 'gloo', image: 'quay.io/solo-io/gloo:1.17.3' }]
  return withValue(
    withValue(named, ['metadata', 'labels'], labels),
    ['spec', 'template', 'spec', 'containers'],
    containers,
  )
}

const GLOOCTL_VOLUMES = ['istio-certs', 'istiod-ca-cert', 'istio-envoy', 'istio-token']

/** As glooctl leaves a proxy (gloo@v1.17.0:projects/gloo/cli/pkg/cmd/istio/sidecars). */
const withSidecarsOfGlooctl = (name: string): JsonObject => {
  const proxy = gatewayProxy('1.17.3', name)
  const path = ['spec', 'template', 'spec']
  const { containers, volumes, ...pod } = fieldAt(proxy, ...path) as Record<string, JsonObject[]>
  const mount = { name: 'istio-certs', mountPath: '/etc/istio-certs/' }
  const sds = {
    name: 'sds',
    image: 'quay.io/solo-io/sds:1.17.3',
    env: [{ name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' }],
    ports: [{ name: 'sds', containerPort: 8234 }],
    volumeMounts: [mount],
  }
  const agent = {
    name: 'istio-proxy',
    image: 'docker.io/istio/proxyv2:1.22.3',
    volumeMounts: [mount],
  }
  return withValue(proxy, path, {
    ...pod,
    containers: [...(containers ?? []), sds, agent],
    volumes: [...(volumes ?? []), ...GLOOCTL_VOLUMES.map(found => ({ name: found, emptyDir: {} }))],
  })
}

const volumesOf = (workload: JsonObject): readonly string[] =>
  items(fieldAt(workload, 'spec', 'template', 'spec', 'volumes'))
    .map(volume => textAt(volume, 'name'))
    .filter(name => name !== 'envoy-config')

const daemonSet = (version: string, name: string): JsonObject => ({
  ...gatewayProxy(version, name),
  kind: 'DaemonSet',
})

if (skip) {
  t.test('inject and uninject of proxies on a real API server', { skip }, async () => {})
} else {
  const { dir, controlPlane, live } = await setStage(t, [
    service('default', 'details'),
    gatewayProxy('1.17.3'),
    gatewayProxy('latest', 'unknown'),
    control(),
    bootstrap('old-envoy-config', CLUSTERS),
  ])
  const daemonSets = `/apis/apps/v1/namespaces/${GLOO_SYSTEM}/daemonsets`
  await live.api.request({ method: 'POST', path: daemonSets, body: daemonSet('1.9.22', 'old') })
  const old = () => live.api.request({ path: `${daemonSets}/old` })

  const glooIstio = (...args: readonly string[]) => {
    const env = { ...process.env, KUBECONFIG: controlPlane.kubeconfig, NO_COLOR: '1' }
    return run({ file: process.execPath, args: [CLI, ...args], env })
  }
  const PROXY = `${GLOO_SYSTEM}/gateway-proxy`
  const NAME = `Deployment ${PROXY}`
  const proxy = () => live.get('Deployment', GLOO_SYSTEM, 'gateway-proxy')
  const versionOf = (object: JsonObject) => textAt(object, 'metadata', 'resourceVersion')
  const optOutOf = (object: JsonObject) =>
    fieldAt(object, 'metadata', 'annotations', 'gloo-istio.io/inject')
  const original = await proxy()
  const podsOf = (object: JsonObject) => fieldAt(object, 'spec', 'template', 'spec')

  t.test('--dry-run has the API server try it, prints the patch, and writes nothing', async t => {
    const { code, stdout, stderr } = await glooIstio('inject', '--proxy', PROXY, '--dry-run')
    t.equal(code, 0, stderr)
    t.match(stdout, `${NAME} injected (dry run)\n  {"op":"`)
    t.match(stdout, /\n {2}\{"op":"add","path":"\/spec\/template\/spec\/containers\/1",/)
    t.match(stderr, /info: Deployment \S+: container gateway-proxy gets .* \[CertificatesMounted\]/)
    t.equal(versionOf(await proxy()), versionOf(original))
  })

  t.test('--wait ends once the pods are replaced', async t => {
    const injecting = glooIstio('inject', '--proxy', PROXY, '--wait', '120s')
    await eventually(
      'it is injected',
      async () => containerNames(await proxy()).includes('sds'),
      120,
    )
    await rollOut(live)
    const { code, stdout, stderr } = await injecting
    t.equal(code, 0, stderr)
    t.equal(stdout, `${NAME} injected\n${NAME} rolled out`)
  })

  t.test('what carries all that it is to carry stays as it is', async t => {
    const { code, stdout, stderr } = await glooIstio('inject', '--proxy', PROXY)
    t.equal(code, 0, stderr)
    t.equal(stdout, `${NAME} unchanged`)
    t.match(stderr, /^info: .* \[AlreadyMounted\]$/m)
  })

  // As glooctl leaves it behind, without a mark of ours.
  const upstream = withValue(discovered('default', 'details'), ['spec', 'sslConfig'], {
    alpnProtocols: ['istio'],
    sds: {
      certificatesSecretName: 'istio_server_cert',
      clusterName: 'gateway_proxy_sds',
      targetUri: '127.0.0.1:8234',
      validationContextName: 'istio_validation_context',
    },
  })

  t.test('uninject is refused while an Upstream uses the certificates', async t => {
    await live.create(upstream)
    const before = await proxy()
    const { code, stdout, stderr } = await glooIstio('uninject', '--proxy', PROXY)
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(
      stderr,
      /warning: Deployment \S+: kept until .*: gloo-system\/default-details-9080 \[StillUsed\]\nSwitch these Upstreams off first, or give --force/,
    )
    t.equal(versionOf(await proxy()), versionOf(before))
  })

  t.test('--force takes them away all the same, and says whose', async t => {
    const { code, stdout, stderr } = await glooIstio('uninject', '--proxy', PROXY, '--force')
    t.equal(code, 0, stderr)
    t.equal(stdout, `${NAME} uninjected`)
    t.match(stderr, /--force overrides: kept until .*default-details-9080 \[StillUsed\]/)
    const after = await proxy()
    t.strictSame(podsOf(after), podsOf(original))
    t.equal(optOutOf(after), 'disabled')
    await live.remove('Upstream', GLOO_SYSTEM, 'default-details-9080')
  })

  t.test('once more it has nothing to do, and inject takes the opt-out back', async t => {
    t.equal((await glooIstio('uninject', '--proxy', PROXY)).stdout, `${NAME} unchanged`)
    const { stdout } = await glooIstio('inject', '--proxy', PROXY)
    t.equal(stdout, `${NAME} injected`)
    const after = await proxy()
    t.equal(optOutOf(after), undefined)
    t.ok(containerNames(after).includes('istio-proxy'))
  })

  t.test('of a Gloo that needs it the bootstrap goes along, in both directions', async t => {
    const before = await old()
    const config = () => live.get('ConfigMap', GLOO_SYSTEM, 'old-envoy-config')
    const injected = await glooIstio('inject', '--proxy', `${GLOO_SYSTEM}/old`)
    t.equal(
      injected.stdout,
      'ConfigMap gloo-system/old-envoy-config injected\nDaemonSet gloo-system/old injected',
      injected.stderr,
    )
    t.match(textAt(await config(), 'data', 'envoy.yaml'), 'gateway_proxy_sds')
    const uninjected = await glooIstio('uninject', '--proxy', `${GLOO_SYSTEM}/old`)
    t.equal(
      uninjected.stdout,
      'DaemonSet gloo-system/old uninjected\nConfigMap gloo-system/old-envoy-config uninjected',
      uninjected.stderr,
    )
    t.equal(textAt(await config(), 'data', 'envoy.yaml'), CLUSTERS)
    t.equal(optOutOf(await config()), 'disabled')
    t.strictSame(podsOf(await old()), podsOf(before))
  })

  t.test('a rollout that does not end is told with what to look at', async t => {
    const { code, stdout, stderr } = await glooIstio('inject', '--proxy', PROXY, '--wait', '3s')
    t.equal(code, 1)
    t.equal(stdout, `${NAME} unchanged`)
    t.match(stderr, /Waiting for the rollout of Deployment gloo-system\/gateway-proxy/)
    t.match(
      stderr,
      /gloo-istio: Deployment \S+: its rollout is not finished after 3 s; kubectl describe pods -n gloo-system says/,
    )
  })

  const reader = await (async () => {
    await must(controlPlane, 'create', 'serviceaccount', 'reader')
    const role = ['clusterrole', 'reader', '--verb=get,list', '--resource=*.*']
    await must(controlPlane, 'create', ...role)
    const binding = ['reader', '--clusterrole=reader', '--serviceaccount=default:reader']
    await must(controlPlane, 'create', 'clusterrolebinding', ...binding)
    const file = join(dir, 'reader.kubeconfig')
    const account = { namespace: 'default', fullName: 'reader' }
    writeFileSync(file, await kubeconfigOf(controlPlane, account), { mode: 0o600 })
    return file
  })()

  // command line | exit code | standard error
  const refusals: readonly [readonly string[], number, RegExp][] = [
    [
      ['inject'],
      2,
      /give --proxy <namespace\/name> to change a proxy of the cluster, or -f <file>/,
    ],
    [
      ['uninject'],
      2,
      /give --proxy <namespace\/name> to change a proxy of the cluster, or -f <file>/,
    ],
    [['inject', '--proxy', PROXY, '-f', 'x'], 2, /'--proxy <namespace\/name>' cannot be used with/],
    [['inject', '--wait', '-f', 'x'], 2, /'--wait \[duration\]' cannot be used with option '-f/],
    [['inject', '--proxy', PROXY, '--dry-run', '--wait'], 2, /'--dry-run'/],
    [['inject', '--dry-run', '-f', 'x'], 2, /'--dry-run' cannot be used with option '-f/],
    [['uninject', '--force', '-f', 'x'], 2, /'--force' cannot be used with option '-f/],
    [['inject', '--proxy', 'gateway-proxy'], 2, /expected <namespace>\/<name>, gloo-system/],
    [['inject', '--proxy', PROXY, '--wait', 'soon'], 2, /a number and s, m or h/],
    [['inject', '--proxy', PROXY, '--kubeconfig', '/gone'], 2, /cannot read the kubeconfig/],
    [['uninject', '--proxy', PROXY, '--context', 'gone'], 2, /it has no context gone/],
    [
      ['inject', '--proxy', 'default/gone'],
      2,
      /no proxy default\/gone with a label gloo was found; there are: gloo-system\/gateway-proxy, /,
    ],
    [['inject', '--proxy', `${GLOO_SYSTEM}/gloo`], 1, /^info: .*\/gloo: .* \[NotGatewayProxy\]$/m],
    [
      ['uninject', '--proxy', `${GLOO_SYSTEM}/gloo`],
      1,
      /^info: .*\/gloo: .* \[NotGatewayProxy\]$/m,
    ],
  ]
  for (const [args, expected, told] of refusals)
    t.test(`${args.join(' ')} is an error`, async t => {
      const { code, stdout, stderr } = await glooIstio(...args)
      t.equal(code, expected)
      t.equal(stdout, '')
      t.match(stderr, told)
      t.notMatch(stderr, /\n\s+at /, 'no stack')
    })

  t.test('without the right to patch it, the right is named', async t => {
    const flags = ['--proxy', PROXY, '--kubeconfig', reader]
    const { code, stderr } = await glooIstio('uninject', ...flags)
    t.equal(code, 1)
    t.match(
      stderr,
      /gloo-istio: Deployment gloo-system\/gateway-proxy: .*\(Forbidden\): .* cannot patch .*\[WriteRefused\]; it takes the right to patch it/,
    )
  })

  t.test('where one of several is refused, none is written', async t => {
    const before = await old()
    const flags = ['--proxy', `${GLOO_SYSTEM}/old`, '--proxy', `${GLOO_SYSTEM}/unknown`]
    const { code, stdout, stderr } = await glooIstio('inject', ...flags)
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, /warning: Deployment gloo-system\/unknown: .* \[GlooVersionUnknown\]/)
    t.equal(versionOf(await old()), versionOf(before))
  })

  t.test('it gives way to who writes at the same time, and writes all the same', async t => {
    const rival = new AbortController()
    const writing = (async () => {
      for (let at = 0; !rival.signal.aborted; at++)
        await live.annotate('Deployment', GLOO_SYSTEM, 'gateway-proxy', {
          'example.com/at': `${at}`,
        })
    })()
    const outcome = glooIstio('uninject', '--proxy', PROXY)
    await sleep(1_000)
    rival.abort()
    await writing
    const { code, stderr } = await outcome
    t.equal(code, 0, stderr)
    const after = await proxy()
    t.strictSame(podsOf(after), podsOf(original))
    t.match(textAt(after, 'metadata', 'annotations', 'example.com/at'), /^\d+$/)
  })

  t.test('a running process leaves alone what was uninjected, until it is injected', async t => {
    await live.annotate('Deployment', GLOO_SYSTEM, 'gateway-proxy', {
      'gloo-istio.io/inject': null,
    })
    const installed = await installWebhook({ controlPlane, dir, values: {} })
    t.teardown(() => installed.stop())
    const isInjected = async () => containerNames(await proxy()).includes('istio-proxy')
    await eventually('the process injects it', isInjected, 120)
    const { code, stderr } = await glooIstio('uninject', '--proxy', PROXY)
    t.equal(code, 0, stderr)
    await live.annotate('Deployment', GLOO_SYSTEM, 'gateway-proxy', { 'example.com/at': 'x' })
    await sleep(3_000)
    t.notOk(await isInjected())
    t.equal((await glooIstio('inject', '--proxy', PROXY)).stdout, `${NAME} injected`)
    t.ok(await isInjected())

    t.comment('what glooctl left behind is handed over in one write')
    await live.create(withSidecarsOfGlooctl('glooctl'))
    const handedOver = () => live.get('Deployment', GLOO_SYSTEM, 'glooctl')
    t.strictSame(volumesOf(await handedOver()), GLOOCTL_VOLUMES, 'until then nothing is added')
    const guide = readFileSync('docs/guides/coming-from-glooctl.md', 'utf8')
    const [, patch = ''] = /gateway-proxy --patch '\n([\s\S]*?)'\n/.exec(guide) ?? []
    const flags = ['-n', GLOO_SYSTEM, 'glooctl', '--patch', patch]
    await must(controlPlane, 'patch', 'deployment', ...flags)
    const after = await handedOver()
    t.equal(fieldAt(after, 'metadata', 'generation'), 2)
    t.strictSame(containerNames(after).toSorted(), ['glooctl', 'istio-proxy', 'sds'])
    t.match(textAt(after, 'metadata', 'annotations', 'gloo-istio.io/injected'), 'containers[sds]')
    t.notOk(volumesOf(after).includes('istio-certs'))
  })
}
