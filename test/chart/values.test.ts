import { t } from 'tap'
import { parse } from 'yaml'
import { skipUnless } from '../parts/parts.ts'
import { oneMesh, read, template } from './chart.ts'

const caBundle = 'webhook.caBundle=LS0tLS1CRUdJTiBD'

await t.test('the chart', { skip: skipUnless('helm') }, async t => {
  // What is wrong, why, and what to do.
  for (const [set, sentence] of [
    [['certificates.source=files'], /secretName is empty: there is nothing to serve with\. Set it/],
    [
      ['certificates.secretName=tls'],
      /source is generated: the Secret would not be read\. Set .* to files, or /,
    ],
    [
      [caBundle],
      /source is generated, which makes an authority of its own: .* would refuse it\. Set .* or /,
    ],
    [
      [caBundle, 'certificates.source=cert-manager'],
      /source is cert-manager, which makes an authority of its own: .* Set .* or /,
    ],
    [
      ['certificates.certManager.issuerRef.name=internal'],
      /issuerRef is set, but certificates\.source is generated: .* not be asked\. Set .* or /,
    ],
    [
      ['certificates.source=cert-manager', 'certificates.certManager.issuerRef.kind=Issuer'],
      /issuerRef has no name: there is nobody to ask\. Set /,
    ],
    [
      ['certificates.source=cert-manager', 'certificates.certificateLife=3599s'],
      /certificateLife is 3599s, but cert-manager makes none for less than an hour\. Set /,
    ],
    [
      ['certificates.authorityLife=503h'],
      /authorityLife is 503h, which is less than three times .*, 168h: .* Make the first longer, or /,
    ],
    [
      ['certificates.source=cert-manager', 'webhook.url=https://gloo-istio.example.com/mutate'],
      /webhook\.url is set, but certificates\.source is cert-manager, .* not there\. Set /,
    ],
    [
      ['webhook.port=9090'],
      /webhook\.port and metrics\.port are both 9090: only one .* Change one of them\./,
    ],
    [
      ['hostNetwork=true'],
      /webhook\.port is 10250, but with hostNetwork Kubernetes itself has that port .* Set it to /,
    ],
    [
      ['hostNetwork=true', 'webhook.port=10270', 'metrics.port=10256'],
      /metrics\.port is 10256, but with hostNetwork Kubernetes itself has that port .* Set it to /,
    ],
    [
      ['drainSeconds=21'],
      /terminationGracePeriodSeconds is 30, but drainSeconds is 21: .* killed .* Make the first /,
    ],
    [
      ['webhook.clientAuthentication.names={kube-apiserver}'],
      /names is set, but configMapName is empty: .* anybody could call\. Set configMapName, or /,
    ],
    [
      ['namespaceOverride=gloo-system'],
      /namespace is gloo-system, where Gloo lives, but .*excludeReleaseNamespace is true: .* Set .* or /,
    ],
    [
      ['hooks.check.namespace=kube-public'],
      /check\.namespace is kube-public, whose writes are not sent .* only fail\. Set it to /,
    ],
    [
      ['namespaceOverride=default', 'hooks.postInstallCheck.enabled=true'],
      /check\.namespace is default, whose writes are not sent .* only fail\. Set it to /,
    ],
    [
      [...oneMesh, 'meshes[1].namespace=istio-system', 'meshes[1].name=istio'],
      /meshes\[1\] repeats mesh istio-system\.istio: .* Remove one of them\./,
    ],
    [
      [...oneMesh, 'defaultMesh=blue.istio'],
      /defaultMesh is blue\.istio, but meshes does not hold it: .* Add it to meshes, or /,
    ],
    [
      ['reconcile.upstreams=false', 'reconcile.proxies=false'],
      /upstreams, proxies and bootstraps are all false: there is nothing .* Set one of them to true, or /,
    ],
    [
      ['follow.enabled=false', 'selection=mesh-members'],
      /selection is mesh-members, but follow\.enabled is false: nothing would tell .* Set follow\.enabled to true, or /,
    ],
    [
      ['follow.enabled=false', 'verifyIdentity=true'],
      /verifyIdentity is true, but follow\.enabled is false: .* would be accepted\. Set follow\.enabled to true, or /,
    ],
  ] as const)
    await t.test(`refuses ${set.join(' ')} in a sentence`, async t => {
      const { stderr, code } = await template({ set })
      t.not(code, 0)
      t.match(stderr, sentence)
    })

  for (const set of [
    ['webhook.url=https://gloo-istio.example.com/mutate', 'replicaCount=2'],
    ['webhook.url=https://gloo-istio.example.com/mutate', caBundle],
    ['certificates.source=files', 'certificates.secretName=tls', 'replicaCount=2', caBundle],
    ['podLabels=null', 'resources=null', 'meshes=null', 'webhook.namespaceSelector=null'],
    ['global=null', 'commonLabels=null', 'affinity=null', 'topologySpreadConstraints=null'],
    ['webhook.clientAuthentication=null', 'certificates.certManager=null', 'extraObjects=null'],
    ['webhook.excludedNamespaces=null', 'webhook.excludeReleaseNamespace=false'],
    ['podSecurityContext=null', 'podDisruptionBudget.maxUnavailable=100%', 'antiAffinity=off'],
    ['namespaceOverride=gloo-system', 'webhook.excludeReleaseNamespace=false'],
    ['namespaceOverride=gloo-system', 'webhook.url=https://gloo-istio.example.com/mutate'],
    ['namespaceOverride=default'],
    ['certificates.authorityLife=504h'],
    ['certificates.source=cert-manager', 'certificates.certificateLife=1h'],
    ['replicaCount=0', 'drainSeconds=0', 'terminationGracePeriodSeconds=10'],
    ['global.other=1'],
    ['webhook.connectionAge=0s'],
    ['selection=null', 'verifyIdentity=null', 'follow.revisions=null', 'istioNamespaces=null'],
    ['selection=false'],
    ['follow.enabled=false', 'reconcile.upstreams=false', 'reconcile.proxies=false'],
    ['reconcile.enabled=false', 'reconcile.upstreams=false', 'reconcile.proxies=false'],
    ['gloo=null'],
    ['gloo.version=null', 'gloo.sdsImage=null', 'gloo.autoMtls=null'],
  ])
    await t.test(`takes ${set.join(' ')}`, async t => {
      const { stderr, code } = await template({ set })
      t.equal(code, 0, stderr)
    })

  for (const level of [
    '',
    'webhook.',
    'webhook.namespaceSelector.',
    'webhook.namespaceSelector.matchExpressions[0].',
    'webhook.matchConditions.',
    'webhook.clientAuthentication.',
    'certificates.',
    'certificates.certManager.',
    'certificates.certManager.issuerRef.',
    'podDisruptionBudget.',
    'startupProbe.',
    'livenessProbe.',
    'readinessProbe.',
    'service.',
    'networkPolicy.',
    'metrics.',
    'metrics.serviceMonitor.',
    'prometheusRule.',
    'grafana.',
    'grafana.dashboard.',
    'hooks.',
    'hooks.preDelete.',
    'hooks.postInstallCheck.',
    'hooks.check.',
    'follow.',
    'reconcile.',
    'image.',
    'imagePullSecrets[0].',
    'serviceAccount.',
    'meshes[0].',
    'gloo.',
  ])
    await t.test(`refuses the unknown value ${level}surprise`, async t => {
      const { stderr, code } = await template({ set: [`${level}surprise=1`] })
      t.not(code, 0)
      t.match(stderr, /dditional propert(y|ies) '?surprise'?( is)? not allowed/)
    })

  for (const set of [
    'webhook.url=http://gloo-istio.example.com/mutate',
    'webhook.url=https://gloo-istio.example.com',
    'webhook.url=https://gloo-istio.example.com/mutate?timeout=1s',
    'webhook.caBundle=-----BEGIN CERTIFICATE-----',
    'webhook.timeoutSeconds=0',
    'webhook.timeoutSeconds=11',
    'webhook.failurePolicy=Retry',
    'webhook=null',
    'webhook.port=0',
    'webhook.port=65536',
    'webhook.excludedNamespaces={kube.system}',
    'webhook.tlsMinVersion=1.1',
    'webhook.maxInFlight=0',
    'webhook.connectionAge=5',
    'webhook.connectionAge=5m30s',
    'webhook.matchConditions.enabled=yes',
    'certificates.source=vault',
    'certificates.authorityLife=1y',
    'certificates.certificateLife=0h',
    'stage=dry-run',
    'replicaCount=-1',
    'podDisruptionBudget.maxUnavailable=0',
    'podDisruptionBudget.maxUnavailable=101%',
    'antiAffinity=some',
    'topologySpreadConstraints[0].maxSkew=1',
    'drainSeconds=-1',
    'hostNetwork=yes',
    'dnsPolicy=Cluster',
    'startupProbe.periodSeconds=0',
    'namespaceOverride=gloo.istio',
    'global.imageRegistry=a b',
    'networkPolicy.apiServerPorts={}',
    'metrics.port=metrics',
    'metrics.serviceMonitor.interval=30',
    'prometheusRule.runbookUrl=example.com',
    'hooks.check.namespace=a.b',
    'mountRoot=/etc/../certs',
    'defaultMesh=istio',
    'clusterDomain=',
    'istioNamespaces={istio.system}',
    'selection=some',
    'selection=true',
    'verifyIdentity=enabled',
    'follow=null',
    'follow.enabled=null',
    'follow.revisions={1.22}',
    'follow.revisions=canary',
    'reconcile=null',
    'reconcile.proxies=null',
    'reconcile.bootstraps=yes',
    'meshes[0].rootNamespace=istio.system',
    'gloo.version=17',
    'gloo.version=latest',
    'gloo.autoMtls=on',
    'gloo.bootstrapCluster=yes',
    'meshes[0].mode=files',
    'meshes[0].jwtPolicy=plain',
    'meshes[0].sdsPort=1023',
    'meshes[0].revision=1.22.3',
    'meshes[0].proxyImage=Proxy',
    'meshes[0].discoveryAddress=istiod',
    'image.digest=sha256:abc',
    'logLevel=verbose',
  ])
    await t.test(`refuses ${set}`, async t => {
      const { stderr, code } = await template({ set: [...oneMesh, set] })
      t.not(code, 0)
      t.match(stderr, /don't meet the specifications of the schema/)
    })
})

await t.test('chart, appVersion and package are of one version', async t => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  t.match(parse(read('charts/gloo-istio/Chart.yaml')), { version, appVersion: version })
})
