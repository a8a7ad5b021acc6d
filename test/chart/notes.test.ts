import { cpSync, writeFileSync } from 'node:fs'
import { t } from 'tap'
import { field } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { chart, oneMesh, type Render, render } from './chart.ts'

await t.test('the notes', { skip: skipUnless('helm') }, async t => {
  // `helm template` does not print notes, and `helm install` cannot be told the Kubernetes version.
  const copy = t.testdir()
  cpSync(chart, copy, { recursive: true })
  const include = '{{ include "gloo-istio/templates/NOTES.txt" . | toJson }}'
  writeFileSync(`${copy}/templates/notes.yaml`, `kind: Notes\ntext: ${include}\n`)
  const notes = async (options: Render) =>
    String(field((await render({ ...options, from: copy })).get('Notes'), 'text'))

  for (const [values, expected] of [
    ['default', ['deployment/edge-gloo-istio', 'kubectl logs -n mesh deployment/edge-gloo-istio']],
    [
      'url',
      [
        'serve --config=config.yaml --dns-name=gloo-istio.example.com \\',
        '--webhook-configuration=edge-gloo-istio.mesh --kubeconfig=',
        'curl -k https://gloo-istio.example.com:8443/readyz',
      ],
    ],
    [
      'two-meshes',
      ['istio-system.istio, Istio 1.0, mode auto', 'blue.istio.blue, Istio 1.4.10, mode citadel'],
    ],
    ['istio-agent', ['Gloo                   1.17.3\n']],
  ] as const)
    await t.test(`tell who installed ${values} what is there, and what to do next`, async t => {
      const text = await notes({ values })
      const next = [
        'kubectl annotate upstream -n NS NAME gloo-istio.io/mtls=enabled',
        'kubectl get upstream -n NS NAME -o yaml',
        'kubectl rollout restart deployment/gateway-proxy -n gloo-system',
      ]
      for (const line of [...expected, ...next]) t.ok(text.includes(line), line)
    })

  const glooOf = (version: string) => [...oneMesh, `gloo.version=${version}`]
  for (const [version, isNeeded] of [
    ['1.4.15', false],
    ['1.5.20', true],
    ['v1.12.3', true],
    ['1.13.0', false],
    ['1.22.1', false],
  ] as const)
    await t.test(`tell of the bootstrap: Gloo ${version}, ${isNeeded}`, async t => {
      const said = async (...set: readonly string[]) =>
        (await notes({ set: [...glooOf(version), ...set] })).includes('BootstrapClusterMissing')
      t.equal(await said(), isNeeded)
      t.equal(await said('gloo.bootstrapCluster=true'), false)
    })

  await t.test('tell what to do about ConfigMaps that cannot be sent', async t => {
    const text = await notes({ set: glooOf('1.5.20'), version: '1.14' })
    t.match(
      text,
      /which Kubernetes v1\.14\S* cannot send by label:\n.*configmap.*\n +gloo-istio inject/,
    )
  })

  const files = ['certificates.source=files', 'certificates.secretName=tls']
  const fail = 'webhook.failurePolicy=Fail'
  const cases: readonly [string, Render, readonly RegExp[]][] = [
    ['nothing with a mesh', { set: oneMesh }, []],
    ['an installation without a mesh', { set: oneMesh.slice(0, 1) }, [/meshes is empty/]],
    [
      'a Gloo of unknown version',
      { set: oneMesh.slice(1) },
      [/gloo\.version is not given.*none will be filled/],
    ],
    [
      'a mesh of unknown version',
      { set: oneMesh.slice(0, 3) },
      [/mesh istio-system\.istio has no istioVersion/],
    ],
    ['an installation without values', {}, [/meshes is empty/, /gloo\.version is not given/]],
    ['values that are taken away', { set: ['gloo=null'] }, [/meshes is empty/, /gloo\.version/]],
    [
      'a gateway that is in the mesh already',
      { values: 'whole-sidecar' },
      [/autoMtls is enabled/, /sidecarOnGateway is true/],
    ],
    ['nothing with auto-mTLS that gives way', { values: 'istio-agent' }, []],
    ['Fail with one process', { set: [...oneMesh, fail] }, [/Fail with replicaCount 1/]],
    [
      'nothing with Fail and two processes',
      { set: [...oneMesh, fail, ...files, 'replicaCount=2'] },
      [],
    ],
    ['Fail with a process outside', { values: 'url', set: [fail] }, [/cannot be reached/]],
    [
      'Fail where workloads cannot be selected',
      { values: 'files-certificates', version: '1.14' },
      [/Kubernetes v1\.14\S* cannot select/],
    ],
  ]
  for (const [title, options, warnings] of cases)
    await t.test(`warn of ${title}`, async t => {
      const text = await notes(options)
      t.equal(text.match(/^WARNING: /gm)?.length ?? 0, warnings.length, text)
      for (const warning of warnings) t.match(text, warning)
    })
})
