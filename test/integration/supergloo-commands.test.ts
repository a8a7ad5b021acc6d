import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { fieldAt, textAt, withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { must } from '../demo/stage.ts'
import { commandLine, EMPTY, runCases } from '../harness/command-line.ts'
import {
  containerNames,
  discovered,
  eventually,
  GLOO_SYSTEM,
  gatewayProxy,
  namespace,
  pod,
  rollOut,
  service,
  sslConfigOf,
} from '../harness/live.ts'
import { setStage } from '../harness/stage.ts'
import { skipUnless } from '../parts/parts.ts'
import { kubeconfigOf } from '../parts/serve-process.ts'
import { installWebhook } from '../parts/webhook.ts'

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
if (skip) {
  t.test('set and unset on a real API server', { skip }, async () => {})
} else {
  const { dir, controlPlane, live } = await setStage(t, [namespace('team-a'), namespace('team-b')])
  const MESH = 'istio-system.istio'
  const nameOf = (service: string) => `team-a-${service}-9080`

  const place = async (
    name: string,
    more: { readonly sidecar?: boolean; readonly spec?: JsonObject } = {},
  ) => {
    await live.create(service('team-a', name))
    await live.create(pod('team-a', name, { sidecar: more.sidecar ?? true }))
    const object = discovered('team-a', name)
    const spec = { ...(object['spec'] as JsonObject), ...more.spec }
    await live.create({ ...object, spec })
  }
  for (const name of ['details', 'late', 'reviews']) await place(name)
  await place('bare', { sidecar: false })
  await place('theirs', { spec: { sslConfig: { secretRef: { name: 'x', namespace: 'y' } } } })
  const outside = withValue(discovered('team-a', 'mail'), ['spec'], {
    static: { hosts: [{ addr: 'mail.example.com', port: 25 }] },
  })
  for (const object of [outside, withValue(outside, ['metadata', 'namespace'], 'team-b')])
    await live.create(withValue(object, ['metadata', 'name'], 'mail'))
  await live.create(gatewayProxy('1.17.3'))

  /** The kubeconfig of somebody with these rights and no others. */
  const accountWith = async (name: string, ...rights: readonly string[]) => {
    const file = join(dir, `${name}.kubeconfig`)
    const account = { namespace: 'team-a', fullName: name }
    await must(controlPlane, 'create', 'serviceaccount', name, '-n', 'team-a')
    await must(controlPlane, 'create', 'clusterrole', name, ...rights)
    const bound = [`--clusterrole=${name}`, `--serviceaccount=team-a:${name}`]
    await must(controlPlane, 'create', 'clusterrolebinding', name, ...bound)
    writeFileSync(file, await kubeconfigOf(controlPlane, account), { mode: 0o600 })
    return file
  }
  const viewer = await accountWith('viewer', '--verb=get,list', '--resource=*.*')
  const blind = await accountWith(
    'blind',
    '--verb=get,list,patch',
    '--resource=upstreams.gloo.solo.io',
  )

  const gloo = commandLine(controlPlane.kubeconfig)
  const upstream = (name: string) => live.get('Upstream', GLOO_SYSTEM, nameOf(name))
  const versionOf = async (name: string) =>
    textAt(await upstream(name), 'metadata', 'resourceVersion')
  const annotationsOf = async (name: string) =>
    fieldAt(await upstream(name), 'metadata', 'annotations') as JsonObject | undefined
  const isOn = async (name: string) => sslConfigOf(await upstream(name)) !== undefined
  const set = (name: string, ...more: readonly string[]) =>
    ['set', 'upstream', 'mtls', '--name', nameOf(name), '-t', MESH, ...more] as const
  const unset = (name: string, ...more: readonly string[]) =>
    ['unset', 'upstream', 'mtls', '--name', nameOf(name), ...more] as const

  t.test('what is to be mended is told, with exit code 2', async t => {
    const [named, meshed] = [
      ['set', 'u', 'mtls', '--name', 'mail'],
      ['-t', MESH],
    ]
    await runCases(t, gloo, [
      [['set', 'upstream', 'mtls', ...meshed], 2, EMPTY, /required option '--name <name>'/],
      [named, 2, EMPTY, /required option '-t, --target-mesh <namespace\.name>'/],
      [[...named, '-t', 'istio'], 2, EMPTY, /expected <namespace>\.<name>; gloo-istio get meshes/],
      [
        [...named, ...meshed],
        2,
        EMPTY,
        /^gloo-istio: several Upstreams have that name: gloo-system\/mail, team-b\/mail; choose one by --namespace$/,
      ],
      [[...named, ...meshed, '--wait', 'long'], 2, EMPTY, /expected a number and s, m or h/],
      [[...named, ...meshed, '--wait', '--dry-run'], 2, EMPTY, /cannot be used with/],
      [[...named, ...meshed, '-o', 'table'], 2, EMPTY, /Allowed choices are text, json, yaml/],
      [set('x'), 2, EMPTY, /^gloo-istio: no Upstream team-a-x-9080 was found: gloo-istio get/],
      [set('x', '-n', 'team-b'), 2, EMPTY, /^gloo-istio: no Upstream team-b\/team-a-x-9080 was/],
      [unset('x'), 2, EMPTY, /^gloo-istio: no Upstream team-a-x-9080 was found/],
      [['enable-mtls'], 2, EMPTY, /required option '-u, --upstream/],
      [['disable-mtls', '-u', 'a/b/c'], 2, EMPTY, /expected <name> or <namespace>\/<name>/],
      [set('details', '--kubeconfig', '/nowhere'), 2, EMPTY, /cannot read the kubeconfig/],
      [set('details', '--context', 'x'), 2, EMPTY, /it has no context x; it has: /],
      [set('details', '--config', '/nowhere'), 2, EMPTY, /\/nowhere/],
    ])
  })

  t.test('what is refused is told with its reason, and nothing is written', async t => {
    const names = ['details', 'bare', 'theirs']
    const before = await Promise.all(names.map(versionOf))
    await runCases(t, gloo, [
      [
        ['set', 'u', 'mtls', '--name', nameOf('details'), '-t', 'team-x.istio'],
        1,
        EMPTY,
        /left as it is\n {2}warning --target-mesh: mesh "team-x\.istio" is not known; known: istio-system\.istio \[UnknownMesh\]$/,
      ],
      [set('theirs'), 1, EMPTY, /spec\.sslConfig was set by someone else .*\[SslConfigKept\]/],
      [set('theirs', '--dry-run'), 1, EMPTY, /\[SslConfigKept\]/],
      [set('bare'), 1, EMPTY, /0 of 1 pods of team-a\/bare have a sidecar.*\[NoSidecars\]/],
      [
        ['set', 'u', 'mtls', '--name', 'mail', '-n', 'team-b', '-t', MESH],
        1,
        EMPTY,
        /\[DestinationNotInMesh\]/,
      ],
      [
        set('theirs', '-o', 'json'),
        1,
        /"outcome": "refused",\n {2}"standing": "refused",|"standing": "refused"[\s\S]*"outcome": "refused"/,
        EMPTY,
      ],
      [
        set('details', '--kubeconfig', viewer),
        1,
        EMPTY,
        /\(Forbidden\): .*cannot patch .*\[WriteRefused\]; it takes the right to patch upstreams/,
      ],
      [
        set('details', '--kubeconfig', blind),
        1,
        EMPTY,
        /\ngloo-istio: the proxies of Gloo cannot be seen: .*; it takes the right to list deployments/,
      ],
    ])
    t.strictSame(await Promise.all(names.map(versionOf)), before)
  })

  t.test('a dry run prints what would be written, and writes nothing', async t => {
    const before = await versionOf('details')
    await runCases(t, gloo, [
      [
        set('details', '--dry-run'),
        0,
        /dry run, were it written: [\s\S]*Patch:\n {2}\{"op":"add","path":"\/metadata\/annotations"/,
        EMPTY,
      ],
      [set('details', '--dry-run', '-o', 'yaml'), 0, /^outcome: dry run$/m, EMPTY],
    ])
    t.equal(await versionOf('details'), before)
  })

  t.test('before the proxy carries the mesh, only the annotations are set', async t => {
    await runCases(t, gloo, [
      [
        set('details'),
        0,
        /mutual TLS waits for a proxy\n.*not been injected yet \[WaitingForProxy\][\s\S]*\nMesh: istio-system\.istio, mode istio-agent\nChanged: annotation gloo-istio\.io\/mtls, annotation gloo-istio\.io\/mesh\nNext: /,
        EMPTY,
      ],
      [
        set('details', '--wait', '1s'),
        1,
        /waits for a proxy/,
        /WaitingForProxy[\s\S]*mutual TLS is not on, which --wait asked for$/,
      ],
    ])
    t.strictSame(await annotationsOf('details'), {
      'gloo-istio.io/mtls': 'enabled',
      'gloo-istio.io/mesh': MESH,
    })
    t.notOk(await isOn('details'))
  })

  t.test('who waits is told when it is on, also where no webhook runs', async t => {
    const heard = Promise.withResolvers<void>()
    const listening = commandLine(controlPlane.kubeconfig, line => {
      if (line.includes('[WaitingForProxy]')) heard.resolve()
    })
    const waiting = listening(...set('details', '--wait', '4m'))
    await Promise.race([heard.promise, waiting])
    const backfilled = await gloo('backfill')
    t.equal(backfilled.code, 0, backfilled.stderr)
    t.notOk(await isOn('details'), 'not before the rollout')
    await rollOut(live)
    const { code, stdout, stderr } = await waiting
    t.equal(code, 0, stderr)
    t.match(stdout, /mutual TLS is on\n[\s\S]*\[MtlsEnabled\][\s\S]*Changed: .*spec\.sslConfig/)
    t.match(stdout, /\nProve it: gloo-istio verify upstream gloo-system\/team-a-details-9080$/)
    t.ok(await isOn('details'))
  })

  t.test('once it is on there is nothing to do; and it is taken back to the byte', async t => {
    await runCases(t, gloo, [
      [set('details', '--wait'), 0, /^(?![\s\S]*Changed:)[\s\S]*\[AlreadyEnabled\]/, EMPTY],
      [unset('details', '--dry-run'), 0, /were it written: mutual TLS is off/, EMPTY],
      [unset('details', '--wait'), 0, /mutual TLS is off\n.*\[MtlsRemoved\]\nChanged: /, EMPTY],
      [unset('details'), 0, /^(?![\s\S]*Changed:)[\s\S]*\[NotSelected\]/, EMPTY],
    ])
    const after = await upstream('details')
    t.equal(await annotationsOf('details'), undefined)
    t.strictSame(after['spec'], discovered('team-a', 'details')['spec'])
  })

  t.test('what somebody else wrote stays, and is told', async t => {
    await runCases(t, gloo, [
      [unset('theirs'), 0, /its sslConfig is not of gloo-istio and stays[\s\S]*--opt-out$/, EMPTY],
      [
        unset('theirs', '--wait', '1s'),
        1,
        /stays/,
        /mutual TLS is not off, which --wait asked for/,
      ],
    ])
    t.match(sslConfigOf(await upstream('theirs')), { secretRef: { name: 'x' } })
  })

  t.test('as long as a namespace selects it, it stays on, unless it is opted out', async t => {
    await live.label('team-a', { 'gloo-istio.io/mtls': 'enabled' })
    await runCases(t, gloo, [
      [set('late', '-o', 'json'), 0, /"standing": "on"/, EMPTY],
      [
        unset('late'),
        0,
        /is still selected\n.*\[SelectedByNamespace\][\s\S]*\nTo keep it out whoever selects it: gloo-istio unset upstream mtls --name team-a-late-9080 --namespace gloo-system --opt-out$/,
        EMPTY,
      ],
      [unset('late', '--wait', '1s'), 1, /is still selected/, /is not off, which --wait/],
    ])
    t.ok(await isOn('late'))
    t.strictSame(Object.keys((await annotationsOf('late')) ?? {}), ['gloo-istio.io/injected'])
    await runCases(t, gloo, [[unset('late', '--opt-out'), 0, /mutual TLS is off/, EMPTY]])
    t.strictSame(await annotationsOf('late'), { 'gloo-istio.io/mtls': 'disabled' })
    t.notOk(await isOn('late'))
    await live.label('team-a', { 'gloo-istio.io/mtls': null })
    await runCases(t, gloo, [[unset('late'), 0, /\[NotSelected\]\nChanged: annotation/, EMPTY]])
  })

  t.test('commands of glooctl say what they are, and go on after a refusal', async t => {
    const [details, theirs] = ['details', 'theirs'].map(name => `${GLOO_SYSTEM}/${nameOf(name)}`)
    const line = (verb: string, name: string, mesh = '') =>
      `this is: gloo-istio ${verb} upstream mtls --name ${nameOf(name)} --namespace gloo-system${mesh}`
    const enabled = await gloo('enable-mtls', '-u', theirs ?? '', '--upstream', details ?? '')
    t.equal(enabled.code, 1)
    t.match(enabled.stdout, /^Upstream gloo-system\/team-a-details-9080: mutual TLS is on$/m)
    for (const name of ['theirs', 'details'])
      t.match(enabled.stderr, line('set', name, ` --target-mesh ${MESH}`))
    t.match(enabled.stderr, /\[SslConfigKept\]/)
    const disabled = await gloo('disable-mtls', '-n', GLOO_SYSTEM, '-u', nameOf('details'))
    t.equal(disabled.code, 0, disabled.stderr)
    t.match(disabled.stdout, /mutual TLS is off/)
    t.match(disabled.stderr, line('unset', 'details'))
    const config = join(dir, 'two-meshes.yaml')
    const meshes = ['a', 'b'].map(name => ({ namespace: name, name: 'istio' }))
    writeFileSync(
      config,
      JSON.stringify({
        apiVersion: 'gloo-istio.io/v1alpha1',
        kind: 'Configuration',
        meshes,
      }),
    )
    await runCases(t, gloo, [
      [
        ['enable-mtls', '-u', nameOf('details'), '--config', config],
        1,
        EMPTY,
        /\[AmbiguousMesh\]; name it: gloo-istio set upstream mtls --target-mesh$/,
      ],
    ])
  })

  t.test('where the webhook runs, both agree', async t => {
    const installed = await installWebhook({ controlPlane, dir, values: {} })
    t.teardown(() => installed.stop())
    t.ok(containerNames(await live.get('Deployment', GLOO_SYSTEM, 'gateway-proxy')).includes('sds'))
    await runCases(t, gloo, [
      [set('reviews', '--dry-run'), 0, /were it written: mutual TLS is on/, EMPTY],
      [set('reviews', '--wait'), 0, /mutual TLS is on\n.*\[MtlsEnabled\]/, EMPTY],
    ])
    const before = await versionOf('reviews')
    await sleep(2_000)
    t.equal(await versionOf('reviews'), before, 'nobody writes it anew')
    await runCases(t, gloo, [[unset('reviews', '--wait'), 0, /mutual TLS is off/, EMPTY]])
    await sleep(1_000)
    t.notOk(await isOn('reviews'), 'and it stays off')
    await live.annotate('Upstream', GLOO_SYSTEM, nameOf('details'), {
      'gloo-istio.io/mtls': 'enabled',
    })
    await eventually('the webhook has switched another on', () => isOn('details'))
    await runCases(t, gloo, [
      [
        set('details'),
        0,
        /\[AlreadyEnabled\][\s\S]*Changed: annotation gloo-istio\.io\/mesh\n/,
        EMPTY,
      ],
      [unset('details'), 0, /mutual TLS is off/, EMPTY],
    ])
    t.notOk(await isOn('details'))
    t.equal(installed.webhook.hasExited(), false)
  })

  t.test('an API server that is away is told of', async t => {
    await controlPlane.halt()
    await runCases(t, gloo, [
      [set('details'), 1, EMPTY, /cannot be asked: .*; see that kubectl reaches it$/],
    ])
    await controlPlane.resume()
  })
}
