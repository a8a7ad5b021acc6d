import { t } from 'tap'
import { KNOWN_KINDS } from '../../src/core/decide.ts'
import { field, fieldAt, items } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { NODE_OPTIONS } from '../parts/program.ts'
import { containerOf, keys, podOf, render, webhooksOf } from './chart.ts'

const excluding = (...values: readonly string[]) => ({
  key: 'kubernetes.io/metadata.name',
  operator: 'NotIn',
  values,
})

await t.test('the chart', { skip: skipUnless('helm') }, async t => {
  await t.test(
    'registers for Upstreams, and for the workloads and bootstraps that Gloo labels',
    async t => {
      const common = {
        clientConfig: {
          service: { namespace: 'mesh', name: 'edge-gloo-istio', path: '/mutate', port: 443 },
        },
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        namespaceSelector: {
          matchExpressions: [excluding('kube-system', 'kube-public', 'kube-node-lease', 'mesh')],
        },
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1', 'v1beta1'],
        matchPolicy: 'Equivalent',
        reinvocationPolicy: 'IfNeeded',
        matchConditions: [
          { name: 'not-status-only', expression: String },
          {
            name: 'not-our-own-write',
            expression:
              '!has(request.userInfo.username) || ' +
              "request.userInfo.username != 'system:serviceaccount:mesh:edge-gloo-istio'",
          },
        ],
      }
      const written = { operations: ['CREATE', 'UPDATE'], scope: 'Namespaced' }
      const resources = ['deployments', 'daemonsets']
      const objectSelector = { matchExpressions: [{ key: 'gloo', operator: 'Exists' }] }
      t.match(webhooksOf(await render({})), [
        {
          name: 'upstreams.gloo-istio.io',
          ...common,
          objectSelector: {},
          rules: [
            {
              apiGroups: ['gloo.solo.io'],
              apiVersions: ['v1'],
              resources: ['upstreams'],
              ...written,
            },
          ],
        },
        {
          name: 'workloads.gloo-istio.io',
          ...common,
          objectSelector,
          rules: [
            { apiGroups: ['apps'], apiVersions: ['v1'], resources, ...written },
            { apiGroups: ['extensions'], apiVersions: ['v1beta1'], resources, ...written },
          ],
        },
        {
          name: 'bootstraps.gloo-istio.io',
          ...common,
          objectSelector,
          rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], ...written }],
        },
      ])
    },
  )

  await t.test('sends every kind that the program knows, and no other', async t => {
    const rules = webhooksOf(await render({})).flatMap(webhook => items(field(webhook, 'rules')))
    const sent = rules.flatMap(rule =>
      items(field(rule, 'resources')).map(resource => {
        const group = [...items(field(rule, 'apiGroups')), ...items(field(rule, 'apiVersions'))]
        return [group.filter(part => part !== '').join('/'), resource].join(' ')
      }),
    )
    const known = KNOWN_KINDS.map(kind => `${kind.toLowerCase()}s`)
    t.same(sent.toSorted(), known.toSorted())
  })

  await t.test('sends no ConfigMap where they cannot be selected by label', async t => {
    const names = webhooksOf(await render({ version: '1.14' })).map(webhook =>
      field(webhook, 'name'),
    )
    t.same(names, ['upstreams.gloo-istio.io', 'workloads.gloo-istio.io'])
  })

  for (const [values, clientConfig] of [
    ['default', ['service']],
    ['url', ['url']],
    ['ca-bundle', ['caBundle', 'service']],
  ] as const)
    await t.test(
      `the API server finds the process of ${values} by ${clientConfig.join(' and ')}`,
      async t => {
        for (const webhook of webhooksOf(await render({ values })))
          t.same(keys(field(webhook, 'clientConfig')), clientConfig)
      },
    )

  const serve = [
    'serve',
    '--config=/etc/gloo-istio/config.yaml',
    '--port=10250',
    '--metrics-port=9090',
    '--log-level=info',
    '--dns-name=edge-gloo-istio.mesh.svc',
    '--tls-min-version=1.2',
    '--max-in-flight=512',
    '--connection-age=5m',
    '--drain=10s',
  ]
  const shared = [
    '--authority-secret=mesh/edge-gloo-istio-authority',
    '--authority-life=8760h',
    '--certificate-life=168h',
  ]
  const files = [
    'cert-file=/var/run/gloo-istio/tls/tls.crt',
    'key-file=/var/run/gloo-istio/tls/tls.key',
    'ca-file=/var/run/gloo-istio/tls/ca.crt',
  ].map(flag => `--${flag}`)
  const publish = '--webhook-configuration=edge-gloo-istio.mesh'
  const follow = ['--follow', '--lease=mesh/edge-gloo-istio', '--reconcile=upstreams,proxies']
  for (const [values, args] of [
    ['default', [...serve, ...shared, publish, ...follow]],
    ['cert-manager', [...serve, ...files, publish, '--ca-bundle=watch', ...follow]],
    ['files-certificates', [...serve, ...files, publish, ...follow]],
    ['ca-bundle', [...serve, ...files]],
  ] as const)
    await t.test(`the process of ${values} gets its flags`, async t => {
      t.same(field(containerOf(await render({ values })), 'args'), args)
    })

  await t.test('the process asks the API server who it is where that is wanted', async t => {
    const objects = await render({ values: 'client-authentication' })
    const args = items(field(containerOf(objects), 'args')).map(String)
    t.same(
      args.filter(flag => /^--(client|tls|max|connection)/.test(flag)),
      [
        '--tls-min-version=1.3',
        '--max-in-flight=64',
        '--connection-age=90s',
        '--client-ca-file=/var/run/gloo-istio/client-ca/ca.crt',
        '--client-name=kube-apiserver',
        '--client-name=api-server.example.com',
      ],
    )
    t.match(field(podOf(objects), 'volumes'), [
      {},
      { name: 'client-ca', configMap: { name: 'api-server-ca' } },
    ])
    const mount = { name: 'client-ca', mountPath: '/var/run/gloo-istio/client-ca' }
    t.match(field(containerOf(objects), 'volumeMounts'), [{}, mount])
  })

  await t.test('runs a pod that the restricted pod security standard admits', async t => {
    const objects = await render({})
    t.match(podOf(objects), {
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    })
    t.same(field(containerOf(objects), 'securityContext'), {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  await t.test(
    'passes on what belongs to the pod, but keeps the labels that select it',
    async t => {
      const objects = await render({ values: 'two-meshes' })
      const deployment = objects.get('Deployment')
      const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
      t.match(fieldAt(deployment, 'spec', 'template'), {
        metadata: {
          labels: {
            ...Object(fieldAt(deployment, 'spec', 'selector', 'matchLabels')),
            team: 'gateway',
          },
          annotations: {
            'example.com/owner': 'gateway',
            'gloo-istio.io/config-checksum': /^[0-9a-f]{64}$/,
          },
        },
        spec: {
          serviceAccountName: 'mesh-webhook',
          priorityClassName: 'system-cluster-critical',
          imagePullSecrets: [{ name: 'registry' }],
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          affinity: { nodeAffinity: Object },
          tolerations: [{ key: 'infra', operator: 'Exists' }],
          containers: [
            {
              image: `registry.example.com:5000/mirror/gloo-istio:v0.1.0-fips@${digest}`,
              imagePullPolicy: 'Always',
              env: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=128' }],
            },
          ],
        },
      })
      t.equal(items(field(containerOf(objects), 'args')).at(-1), '--host=::')
    },
  )

  await t.test('keeps Node’s heap within the memory limit', async t => {
    const heapOf = async (...set: readonly string[]) =>
      field(containerOf(await render({ set })), 'env')
    const heap = (mebibytes: number) => [
      { name: 'NODE_OPTIONS', value: `--max-old-space-size=${mebibytes} --max-semi-space-size=4` },
    ]
    t.same(await heapOf(), heap(614))
    t.match(await heapOf(), [{ value: NODE_OPTIONS }], 'what tests and benches start it with')
    t.same(await heapOf('resources.limits.memory=500Mi'), heap(300))
    t.equal(await heapOf('resources=null'), undefined)
    t.match(await heapOf('extraEnv[0].name=A', 'extraEnv[0].value=b'), [{}, { name: 'A' }])
  })

  await t.test('starts new pods when the configuration changes, and only then', async t => {
    const annotations = async (set: readonly string[]) =>
      fieldAt((await render({ set })).get('Deployment'), 'spec', 'template', 'metadata')
    t.same(await annotations([]), await annotations(['webhook.timeoutSeconds=9']))
    t.notSame(await annotations([]), await annotations(['mountRoot=/etc/other']))
  })
})
