import { cpSync, writeFileSync } from 'node:fs'
import { t } from 'tap'
import { field, textAt } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { chart, oneMesh, type Render, renderAll } from './chart.ts'

await t.test('the notes', { skip: skipUnless('helm') }, async t => {
  // `helm template` does not print notes, and `helm install` cannot be told the Kubernetes version.
  const copy = t.testdir()
  cpSync(chart, copy, { recursive: true })
  const include = '{{ include "gloo-istio/templates/NOTES.txt" . | toJson }}'
  writeFileSync(`${copy}/templates/notes.yaml`, `kind: Notes\ntext: ${include}\n`)
  const notes = async (options: Render) => {
    const all = await renderAll({ ...options, from: copy })
    return textAt(
      all.find(object => field(object, 'kind') === 'Notes'),
      'text',
    )
  }

  const restart = 'kubectl rollout restart deployment/gateway-proxy -n gloo-system'
  const label = 'kubectl label namespace default gloo-istio.io/mtls=enabled'
  const annotate = 'kubectl annotate upstream -n NS NAME gloo-istio.io/mtls=enabled'
  const keepOut = 'kubectl label namespace NS gloo-istio.io/mtls=disabled'
  const look = 'gloo-istio get upstreams --config=-'
  const byItself = 'proxies restart once, by themselves'
  const nextWrite = 'at the next write of each'
  const story = [restart, label, annotate, keepOut, look, byItself, nextWrite]

  for (const [values, told, steps] of [
    [
      'default',
      [
        'deployment/edge-gloo-istio, 2 replicas\n',
        'Certificates           made by the processes\n',
        'Not sent               kube-system, kube-public, kube-node-lease, mesh\n',
        'Stage                  inject: change what is selected\n',
        'kubectl logs -n mesh deployment/edge-gloo-istio',
        'Brings in line         upstreams, proxies\n',
        'Meshes                 what is found in istio-system\n',
        'labelled: Upstreams of namespaces labelled gloo-istio.io/mtls=enabled',
        'kubectl get configmap -n mesh edge-gloo-istio -o ',
      ],
      [label, look, byItself],
    ],
    [
      'url',
      [
        'serve --config=config.yaml --dns-name=gloo-istio.example.com \\',
        '--authority-secret=mesh/edge-gloo-istio-authority \\',
        '--webhook-configuration=edge-gloo-istio.mesh \\',
        '--follow \\',
        '--lease=mesh/edge-gloo-istio \\',
        '--reconcile=upstreams,proxies \\',
        '--kubeconfig=',
        'curl -k https://gloo-istio.example.com:8443/readyz',
      ],
      [label, look, byItself],
    ],
    [
      'two-meshes',
      ['istio-system.istio, Istio 1.0, mode auto', 'blue.istio.blue, Istio 1.4.10, mode citadel'],
      [restart, label, look, byItself],
    ],
    ['istio-agent', ['Gloo                   1.17.3\n'], [label, look, byItself]],
    [
      'follow-off',
      [
        'Follows the cluster    no\n',
        'Brings in line         nothing\n',
        'nothing is brought in line either, and labels of namespaces are not seen',
        'kubectl get upstream -n NS NAME -o yaml',
      ],
      [restart, annotate],
    ],
    [
      'selection-off',
      ['Brings in line         nothing\n', 'off: only what an annotation selects'],
      [restart, annotate, look],
    ],
    ['selection-all', ['all: every Upstream that leads to a Service'], [restart, keepOut, look]],
    [
      'selection-mesh-members',
      [
        'mesh-members: Upstreams that lead to Services with sidecars',
        'what is found in istio-system, istio-blue\n',
      ],
      [keepOut, look, byItself],
    ],
    [
      'reconcile-bootstraps',
      ['Brings in line         upstreams, proxies, bootstraps\n'],
      [label, look, byItself],
    ],
  ] as const)
    await t.test(`tell who installed ${values} what is there, and what to do next`, async t => {
      const text = await notes({ values })
      for (const line of told) t.ok(text.includes(line), `${line}\n${text}`)
      t.same(
        story.filter(line => text.includes(line)),
        story.filter(line => steps.some(step => step === line)),
        text,
      )
    })

  for (const [set, isLater] of [
    [[], false],
    [['reconcile.upstreams=false'], true],
    [['reconcile.enabled=false', 'selection=all'], true],
    [['follow.enabled=false', 'selection=all'], true],
  ] as const)
    await t.test(
      `tell when mutual TLS comes to what exists: ${set.join(' ') || 'at once'}`,
      async t => {
        t.equal((await notes({ set })).includes(nextWrite), isLater)
      },
    )

  await t.test('tell a process outside nothing of what it may not do', async t => {
    const alone = ['certificates.source=files', 'webhook.caBundle=LS0tLS1CRUdJTiBD']
    const set = ['webhook.url=https://gloo-istio.example.com/mutate', ...alone]
    const text = await notes({ set: [...set, 'follow.enabled=false'] })
    t.match(text, /configmap\/edge-gloo-istio:\n\n +gloo-istio serve [^\\]+example\.com\n\n/)
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

  await t.test('leave the bootstrap to who brings it in line', async t => {
    const text = await notes({ set: [...glooOf('1.5.20'), 'reconcile.bootstraps=true'] })
    t.match(text, /1\. Wait until the ConfigMap .*\n.*kubectl get configmap/)
    t.notMatch(text, 'kubectl annotate configmap')
  })

  await t.test('tell what to do about ConfigMaps that cannot be sent', async t => {
    const text = await notes({ set: glooOf('1.5.20'), version: '1.14' })
    t.match(
      text,
      /which Kubernetes v1\.14\S* cannot send by label:\n.*configmap.*\n +gloo-istio inject/,
    )
  })

  const fail = 'webhook.failurePolicy=Fail'
  const blind = 'follow.enabled=false'
  for (const [values, next, told] of [
    ['stage-observe', 'warn', /outcome observed.*\n.*outcome="observed"/],
    ['stage-warn', 'inject', /kubectl annotate upstream .* --dry-run=server/],
  ] as const)
    await t.test(`tell what to look at in ${values}, and how to go on`, async t => {
      const text = await notes({ values })
      t.match(text, told)
      t.ok(text.includes(`helm upgrade edge <chart> -n mesh --reuse-values --set stage=${next}\n`))
      t.ok(text.includes('Brings in line         nothing\n'))
      t.notMatch(text, byItself)
      t.notMatch(text, restart)
      t.notMatch(text, 'Turn mutual TLS on')
    })

  await t.test('tell how to ask whether it works, where there is a way', async t => {
    const ask = 'helm test edge -n mesh'
    t.match(await notes({}), ask)
    t.notMatch(await notes({ values: 'url' }), ask)
    t.notMatch(await notes({ set: ['namespaceOverride=default'] }), ask)
  })

  const cases: readonly [string, Render, readonly RegExp[]][] = [
    ['nothing with a mesh', { set: [...oneMesh, blind] }, []],
    [
      'an installation without a mesh',
      { set: [...oneMesh.slice(0, 1), blind] },
      [/meshes is empty/],
    ],
    [
      'a Gloo of unknown version',
      { set: [...oneMesh.slice(1), blind] },
      [/gloo\.version is not given.*none will be filled/],
    ],
    [
      'a mesh of unknown version',
      { set: [...oneMesh.slice(0, 3), blind] },
      [/mesh istio-system\.istio has no istioVersion/],
    ],
    ['nothing without values, for the cluster tells', {}, []],
    ['nothing that the cluster tells of a mesh', { set: oneMesh.slice(1, 3) }, []],
    [
      'all that is missing where the cluster is not followed',
      { set: [blind] },
      [/meshes is empty/, /gloo\.version is not given/],
    ],
    [
      'values that are taken away',
      { set: ['gloo=null', blind] },
      [/meshes is empty/, /gloo\.version/],
    ],
    [
      'a gateway that is in the mesh already',
      { values: 'whole-sidecar' },
      [/autoMtls is enabled/, /sidecarOnGateway is true/],
    ],
    ['nothing with auto-mTLS that gives way', { values: 'istio-agent' }, []],
    ['one process', { set: ['replicaCount=1'] }, [/replicaCount 1\. .* in line\sonce it is back/]],
    [
      'one process that brings nothing in line',
      { set: ['replicaCount=1', 'reconcile.enabled=false'] },
      [/replicaCount 1\. .* and nothing brings\sthem in line later/],
    ],
    ['Fail with one process', { set: [fail, 'replicaCount=1'] }, [/Fail with replicaCount 1/]],
    ['nothing with Fail and two processes', { set: [fail] }, []],
    ['nothing with all that is for high availability', { values: 'ha' }, []],
    [
      'Fail without a budget',
      { set: [fail, 'podDisruptionBudget.enabled=false'] },
      [/Fail without a PodDisruptionBudget/],
    ],
    ['nothing with one process outside', { values: 'url', set: ['replicaCount=1'] }, []],
    ['Fail with a process outside', { values: 'url', set: [fail] }, [/cannot be reached/]],
    [
      'Fail where status reports cannot be left out',
      { set: [fail], version: '1.27' },
      [/Fail without match conditions, which Kubernetes has from 1\.28 on\./],
    ],
    [
      'Fail where status reports are not left out',
      { set: [fail, 'webhook.matchConditions.enabled=false'] },
      [/Fail without match conditions, which are switched off\./],
    ],
    [
      'Fail where namespaces have no names',
      { set: [fail], version: '1.20' },
      [/does not label namespaces with their names/, /Fail without match conditions/],
    ],
    [
      'nothing of names where no namespace is left out',
      {
        set: [fail, 'webhook.excludedNamespaces=null', 'webhook.excludeReleaseNamespace=false'],
        version: '1.20',
      },
      [/Fail without match conditions/],
    ],
    [
      'a namespace in which others may live',
      { set: ['namespaceOverride=default'] },
      [/writes of namespace default are not sent/],
    ],
    [
      'an API server that has to show who it is',
      { values: 'client-authentication' },
      [/has to show a certificate/],
    ],
    [
      'Fail where workloads cannot be selected',
      { values: 'files-certificates', version: '1.14' },
      [
        /Kubernetes v1\.14\S* cannot select/,
        /does not label namespaces/,
        /Fail without match conditions/,
      ],
    ],
  ]
  for (const [title, options, warnings] of cases)
    await t.test(`warn of ${title}`, async t => {
      const text = await notes(options)
      t.equal(text.match(/^WARNING: /gm)?.length ?? 0, warnings.length, text)
      for (const warning of warnings) t.match(text, warning)
    })
})
