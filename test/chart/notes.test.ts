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
    ['two-meshes', ['istio-system.istio\n', 'blue.istio.blue\n']],
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

  const files = ['certificates.source=files', 'certificates.secretName=tls']
  const fail = 'webhook.failurePolicy=Fail'
  const cases: readonly [string, Render, readonly RegExp[]][] = [
    ['nothing with a mesh', { set: oneMesh }, []],
    ['an installation without a mesh', {}, [/meshes is empty/]],
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
