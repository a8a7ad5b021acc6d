import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { createAuthority } from '../../src/certs/authority.ts'
import { field, items, textAt } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { manifest, must } from '../demo/stage.ts'
import {
  type CheckRun,
  makeHealthy,
  RELEASE,
  reportReady,
  setEmptyStage,
} from '../harness/check-stage.ts'
import { discovered, eventually, GLOO_SYSTEM } from '../harness/live.ts'
import { run } from '../parts/command.ts'
import { skipUnless } from '../parts/parts.ts'
import { CLI } from '../parts/program.ts'
import { kubeconfigOf } from '../parts/serve-process.ts'

const skip =
  skipUnless('kubernetes', 'kubectl', 'helm') ||
  (process.getuid?.() !== 0 && 'listening on port 443, as the chart’s Service has it, takes root')

const base64 = (text: string) => Buffer.from(text).toString('base64')

await t.test('on a real API server', { skip }, async t => {
  const empty = await setEmptyStage(t)
  const { controlPlane, check, dir } = empty
  const json = (...args: readonly string[]) => check('-o', 'json', ...args)
  const ofStatus = (report: CheckRun, ...wanted: readonly string[]) =>
    Object.entries(report.statuses())
      .filter(([, status]) => wanted.includes(status))
      .map(([id]) => id)
  /** The program as somebody else. */
  const checkAs = async (account: string, ...args: readonly string[]): Promise<CheckRun> => {
    const file = join(dir, `${account}.kubeconfig`)
    const installation = { namespace: 'default', fullName: account }
    writeFileSync(file, await kubeconfigOf(controlPlane, installation), { mode: 0o600 })
    return json(`--kubeconfig=${file}`, ...args)
  }

  await t.test(
    'before an installation: Gloo and Istio are missing on an empty cluster',
    async t => {
      const report = await json('--pre')
      t.equal(report.code, 1)
      t.match(report.statuses(), {
        'api-reachable': 'passed',
        'install-rights': 'passed',
        'install-rights-to-give': 'passed',
        'install-namespace': 'passed',
        'install-leftovers': 'passed',
        'install-order': 'warning',
        'gloo-crds': 'failed',
        'gloo-proxies': 'failed',
        'istio-control-plane': 'failed',
      })
      t.notOk('release-deployment' in report.statuses(), 'what it is about comes later')
    },
  )

  await t.test('with Gloo’s CRDs, and by somebody who may do nothing', async t => {
    for (const crd of ['upstream-crd', 'settings-crd'])
      await must(controlPlane, 'apply', '-f', manifest(crd))
    await must(controlPlane, 'create', 'serviceaccount', 'nobody', '--namespace=default')
    t.equal((await json('--pre')).statuses()['gloo-crds'], 'passed')
    const report = await checkAs('nobody', '--pre')
    t.equal(report.code, 1)
    t.match(report.statuses(), {
      'install-rights': 'failed',
      'install-rights-to-give': 'failed',
      'gloo-crds': 'skipped',
      'api-rights': 'warning',
    })
    t.match(report.stdout, 'cannot be seen without the right to list upstreams.gloo.solo.io')
  })

  const stage = await makeHealthy(t, empty)
  const { kubectl, apply, live, webhook } = stage

  await t.test('all that can pass passes, and nothing is coloured', async t => {
    const report = await check()
    t.equal(report.code, 0, report.stdout)
    for (const mark of ['✘', '‼', '\u001b']) t.notOk(report.stdout.includes(mark), mark)
    t.match(report.stdout, '✔ webhook-answers')
    t.match(report.stdout, /\d\d checks: ✔ \d\d passed, – \d+ skipped$/)
  })

  await t.test('JUnit, as another program reads it', async t => {
    const report = await check('-o', 'junit')
    const read =
      'import sys, xml.etree.ElementTree as t; r = t.fromstring(sys.stdin.buffer.read()); print(len(list(r.iter("testsuite"))), len(list(r.iter("skipped"))) > 5, len(list(r.iter("error"))))'
    const { stdout } = spawnSync('python3', ['-c', read], { input: report.stdout })
    t.equal(String(stdout), '8 True 0\n')
  })

  await t.test('before an installation, where there is one: a warning, and no harm', async t => {
    const report = await json('--pre')
    t.equal(report.code, 0)
    t.strictSame(ofStatus(report, 'failed', 'warning'), ['install-leftovers'])
  })

  /** Deletes an object for as long as `act` takes. */
  const without = async (target: readonly string[], act: () => Promise<void>): Promise<void> => {
    const { metadata, ...rest } = JSON.parse(await kubectl('get', ...target, '-o', 'json'))
    await kubectl('delete', ...target)
    try {
      await act()
    } finally {
      const { resourceVersion: _, uid: __, ...kept } = metadata
      await apply({ ...rest, metadata: kept })
    }
  }
  const inRelease = ['-n', RELEASE.namespace]
  const foreign: JsonObject = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'foreign' },
    webhooks: [
      {
        name: 'foreign.example.com',
        clientConfig: { url: 'https://127.0.0.1:9/' },
        rules: [
          {
            apiGroups: ['gloo.solo.io'],
            apiVersions: ['v1'],
            resources: ['upstreams'],
            operations: ['UPDATE'],
          },
        ],
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        timeoutSeconds: 1,
        admissionReviewVersions: ['v1'],
      },
    ],
  }
  const dangling: JsonObject = {
    ...discovered('elsewhere', 'dangling'),
    spec: {
      static: { hosts: [{ addr: 'example.com', port: 80 }] },
      sslConfig: { sds: { certificatesSecretName: 'nobody', targetUri: '127.0.0.1:8234' } },
    },
  }
  const rejected = { status: { statuses: { 'gloo-system': { state: 'Rejected', reason: 'no' } } } }
  const upstream = 'team-a-details-9080'

  // What is done | ids that are found then, and no others | how it is undone
  const faults: readonly [
    string,
    () => Promise<unknown>,
    readonly string[],
    () => Promise<unknown>,
  ][] = [
    [
      'a pod is not ready',
      () => reportReady(stage, RELEASE.namespace, 'gloo-istio', 1),
      ['release-ready'],
      () => reportReady(stage, RELEASE.namespace, 'gloo-istio'),
    ],
    [
      'somebody else’s webhook is asked about Upstreams, too',
      () => apply(foreign),
      ['webhook-others'],
      () => kubectl('delete', 'mutatingwebhookconfiguration', 'foreign'),
    ],
    [
      'an Upstream asks for a secret that nobody serves',
      () => apply(dangling),
      ['upstreams-sds-names'],
      () => live.remove('Upstream', GLOO_SYSTEM, textAt(dangling, 'metadata', 'name')),
    ],
    [
      'Gloo refuses an Upstream',
      () => live.patch('Upstream', GLOO_SYSTEM, upstream, rejected),
      ['gloo-accepts'],
      () => live.patch('Upstream', GLOO_SYSTEM, upstream, { status: null }),
    ],
    [
      'istiod is not ready',
      () => reportReady(stage, 'istio-system', 'istiod', 0),
      ['istio-ready'],
      () => reportReady(stage, 'istio-system', 'istiod'),
    ],
  ]
  for (const [title, inject, ids, undo] of faults)
    await t.test(title, async t => {
      await inject()
      const report = await json()
      await undo()
      t.strictSame(ofStatus(report, 'failed', 'warning'), ids)
      t.equal(report.code, ofStatus(report, 'failed').length > 0 ? 1 : 0)
    })

  for (const [target, ids] of [
    [
      ['service', 'gloo-istio', ...inRelease],
      ['webhook-service', 'webhook-answers'],
    ],
    [['poddisruptionbudget', 'gloo-istio', ...inRelease], ['release-disruption-budget']],
    [['configmap', 'istio-ca-root-cert', '-n', GLOO_SYSTEM], ['istio-root-authority']],
  ] as const)
    await t.test(`${target[0]} ${target[1]} is gone`, t =>
      without(target, async () => {
        const report = await json()
        for (const id of ids) t.match(report.statuses()[id], /failed|warning/, id)
        t.match(report.stdout, `docs/reference/checks.md#${ids[0]}`)
      }),
    )

  await t.test('Citadel’s Secret: missing, then expired, then fresh', async t => {
    const config = join(dir, 'citadel.yaml')
    const lines = ['apiVersion: gloo-istio.io/v1alpha1', 'kind: Configuration', 'meshes:']
    const mesh =
      '  - { namespace: istio-system, name: istio, istioVersion: "1.4.0", mode: citadel-sds }'
    writeFileSync(config, [...lines, mesh, ''].join('\n'))
    const checkCitadel = async () => (await json(`--config=${config}`)).statuses()
    t.match(await checkCitadel(), {
      'istio-citadel-secrets': 'failed',
      'istio-citadel-fresh': 'skipped',
    })
    const write = async (days: number) => {
      const now = new Date(Date.now() - 100 * 86_400_000)
      const { certPem } = await createAuthority({ commonName: 'x', days: 100 + days, now })
      await apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: GLOO_SYSTEM, name: 'istio.gateway-proxy' },
        stringData: { 'cert-chain.pem': certPem },
      })
    }
    await write(-1)
    t.match(await checkCitadel(), {
      'istio-citadel-secrets': 'passed',
      'istio-citadel-fresh': 'failed',
    })
    await write(60)
    t.match(await checkCitadel(), { 'istio-citadel-fresh': 'passed' })
    await kubectl('delete', 'secret', 'istio.gateway-proxy', '-n', GLOO_SYSTEM)
  })

  await t.test('rights that are withheld are named, and what needs them is not passed', async t => {
    await kubectl(
      'create',
      'clusterrole',
      'few',
      '--verb=get,list',
      '--resource=namespaces,services',
    )
    const subject = '--serviceaccount=default:nobody'
    await kubectl('create', 'clusterrolebinding', 'few', '--clusterrole=few', subject)
    const report = await checkAs('nobody')
    t.match(report.statuses(), {
      'api-reachable': 'passed',
      'api-rights': 'warning',
      'webhook-configuration': 'skipped',
      'webhook-answers': 'skipped',
      'authority-secret': 'skipped',
      'proxies-rolled-out': 'skipped',
      'upstreams-selected': 'skipped',
    })
    t.strictSame(ofStatus(report, 'failed'), [])
    t.match(report.stdout, 'cannot be seen without the right to list deployments.apps')
  })

  await t.test('a namespace without a release', async t => {
    const report = await json('--namespace=nowhere')
    t.equal(report.code, 1)
    t.match(report.statuses(), {
      'release-deployment': 'failed',
      'webhook-configuration': 'failed',
    })
  })

  await t.test('--wait goes on until nothing is broken', async t => {
    await reportReady(stage, RELEASE.namespace, 'gloo-istio', 0)
    let told = 0
    const { stdout, stderr, code } = await run({
      file: process.execPath,
      args: [CLI, 'check', `--kubeconfig=${controlPlane.kubeconfig}`, '--wait=120s'],
      env: { ...process.env, NO_COLOR: '1' },
      onLine: line => {
        if (!line.startsWith('not yet: release-ready')) return
        told++
        void reportReady(stage, RELEASE.namespace, 'gloo-istio')
      },
    })
    t.equal(code, 0, stderr)
    t.equal(told, 1, 'and tells a trouble once')
    t.match(stdout, '✔ release-ready')
  })

  await t.test('the webhook is away, and what it left behind is spoilt', async t => {
    await webhook.stop()
    const name = 'gloo-istio.gloo-istio'
    const found = JSON.parse(
      await kubectl('get', 'mutatingwebhookconfiguration', name, '-o', 'json'),
    )
    const webhooks = items(field(found, 'webhooks')).map(hook => ({
      name: field(hook, 'name'),
      clientConfig: { caBundle: '' },
    }))
    const patch = JSON.stringify({ webhooks })
    await kubectl('patch', 'mutatingwebhookconfiguration', name, '--type=strategic', '-p', patch)
    const { certPem, keyPem } = await createAuthority({
      commonName: 'gloo-istio authority',
      days: 1,
      now: new Date(Date.now() - 10 * 86_400_000),
    })
    const data = { 'tls.crt': base64(certPem), 'tls.key': base64(keyPem) }
    const secret = ['secret', 'gloo-istio-authority', ...inRelease]
    await kubectl('patch', ...secret, '--type=merge', '-p', JSON.stringify({ data }))
    await eventually('the API server has heard of it', async () =>
      ofStatus(await json(), 'failed').includes('webhook-answers'),
    )
    const report = await json()
    t.equal(report.code, 1)
    t.match(report.statuses(), {
      'webhook-answers': 'failed',
      'webhook-ca-bundle': 'failed',
      'webhook-ca-bundle-matches': 'failed',
      'authority-secret': 'failed',
      'authority-life': 'failed',
      'release-lease': 'failed',
    })
    t.notMatch(report.stdout, 'PRIVATE KEY')
  })

  await t.test('--wait gives up when the time is over', async t => {
    const { code, stderr } = await check('--wait=2s')
    t.equal(code, 1)
    t.match(stderr, 'not yet: webhook-ca-bundle: without a caBundle')
  })

  await t.test('nobody answers: another exit code, and a report all the same', async t => {
    await controlPlane.halt()
    const report = await json()
    t.equal(report.code, 2)
    t.strictSame(report.statuses(), { 'api-reachable': 'failed' })
    t.match(report.stderr, /cannot be asked: .*ECONNREFUSED.*; see that kubectl reaches it/)
    await controlPlane.resume()
  })

  for (const [title, args, said] of [
    ['a format that is none', ['-o', 'xml'], /Allowed choices are text, json, junit/],
    ['a time that is none', ['--wait=soon'], /expected a number and s, m or h/],
    ['a kubeconfig that is not there', ['--kubeconfig=nowhere'], /cannot read the kubeconfig/],
    ['a configuration that is not there', ['--config=nowhere.yaml'], /cannot read nowhere.yaml/],
  ] as const)
    await t.test(title, async t => {
      const { code, stderr, stdout } = await check(...args)
      t.equal(code, 2)
      t.match(stderr, said)
      t.equal(stdout, '')
    })
})
