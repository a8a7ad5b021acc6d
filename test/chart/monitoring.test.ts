import { t } from 'tap'
import { field, fieldAt, textAt } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { template } from './chart.ts'
import { alerts, expressionOf, rendered, rulesOf } from './monitoring.ts'

const RULE = 'prometheusRule.enabled=true'
const MONITOR = 'metrics.serviceMonitor.enabled=true'

const names = alerts.map(({ alert }) => alert)
const namesOf = (object: unknown) => rulesOf(object).map(rule => textAt(rule, 'alert'))

await t.test('the chart', { skip: skipUnless('helm') }, async t => {
  await t.test('installs nothing of it unless asked', async t => {
    t.same(await rendered('ServiceMonitor'), [])
    t.same(await rendered('PrometheusRule'), [])
    const services = await rendered('Service')
    t.notOk(services.some(service => textAt(service, 'metadata', 'name').endsWith('-metrics')))
    const maps = await rendered('ConfigMap')
    t.notOk(maps.some(map => textAt(map, 'metadata', 'name').endsWith('-dashboard')))
  })

  await t.test('has each process scraped, by a Service of its own', async t => {
    const set = [
      MONITOR,
      'metrics.serviceMonitor.labels.release=prometheus',
      'metrics.port=9123',
      'metrics.serviceMonitor.interval=15s',
    ]
    const [monitor, ...others] = await rendered('ServiceMonitor', ...set)
    t.same(others, [])
    t.equal(fieldAt(monitor, 'metadata', 'labels', 'release'), 'prometheus')
    t.same(fieldAt(monitor, 'spec', 'endpoints'), [
      { port: 'metrics', path: '/metrics', interval: '15s' },
    ])
    t.same(fieldAt(monitor, 'spec', 'namespaceSelector'), { matchNames: ['mesh'] })
    const wanted = Object.entries(Object(fieldAt(monitor, 'spec', 'selector', 'matchLabels')))
    const selected = (await rendered('Service', ...set)).filter(service =>
      wanted.every(([key, value]) => fieldAt(service, 'metadata', 'labels', key) === value),
    )
    t.equal(selected.length, 1)
    t.same(fieldAt(selected[0], 'spec', 'ports'), [
      { name: 'metrics', port: 9123, targetPort: 'metrics', protocol: 'TCP' },
    ])
    const [deployment] = await rendered('Deployment', ...set)
    const podLabels = Object(fieldAt(deployment, 'spec', 'template', 'metadata', 'labels'))
    t.match(podLabels, Object(fieldAt(selected[0], 'spec', 'selector')))
  })

  await t.test('asks in alerts for what that Service is called', async t => {
    const [service] = (await rendered('Service', MONITOR)).filter(
      found => fieldAt(found, 'metadata', 'labels', 'app.kubernetes.io/component') === 'metrics',
    )
    const [rule] = await rendered('PrometheusRule', RULE)
    const matchers = `{namespace="mesh",job="${textAt(service, 'metadata', 'name')}"`
    const own = rulesOf(rule)
      .map(expressionOf)
      .filter(text => text.includes('gloo_istio_'))
    t.ok(own.length >= 8)
    for (const after of own.flatMap(text => text.split(/gloo_istio_\w+/).slice(1)))
      t.ok(after.startsWith(matchers), after)
    const releases = await Promise.all(
      ['a', 'b'].map(name => rendered('PrometheusRule', RULE, `fullnameOverride=${name}`)),
    )
    const [a, b] = releases.map(([object]) => new Set(rulesOf(object).map(expressionOf)))
    t.equal([...(a ?? [])].filter(text => b?.has(text)).length, rulesOf(rule).length - own.length)
  })

  await t.test('has a runbook for each alert', async t => {
    const [rule] = await rendered('PrometheusRule', RULE)
    t.same(namesOf(rule), names)
    const [moved] = await rendered(
      'PrometheusRule',
      RULE,
      'prometheusRule.runbookUrl=https://example.com/x',
    )
    t.equal(
      textAt(rulesOf(moved)[0], 'annotations', 'runbook_url'),
      `https://example.com/x#${names[0]?.toLowerCase()}`,
    )
    for (const found of rulesOf(rule)) {
      const anchor = textAt(found, 'alert').toLowerCase()
      t.ok(
        textAt(found, 'annotations', 'runbook_url').endsWith(
          `/docs/guides/monitoring.md#${anchor}`,
        ),
      )
      t.same(Object.keys(Object(field(found, 'annotations'))), [
        'summary',
        'description',
        'runbook_url',
      ])
    }
  })

  await t.test('leaves out alerts by name, and those about what is not done', async t => {
    const [less] = await rendered('PrometheusRule', RULE, 'prometheusRule.disabled={GlooIstioDown}')
    t.same(namesOf(less), names.slice(1))
    const [still] = await rendered('PrometheusRule', RULE, 'reconcile.enabled=false')
    const [blind] = await rendered('PrometheusRule', RULE, 'follow.enabled=false')
    const ofLeader = [
      'GlooIstioNoLeader',
      'GlooIstioWritesContested',
      'GlooIstioUpstreamsWaitForProxy',
    ]
    t.same(names.filter(name => !namesOf(still).includes(name)).toSorted(), ofLeader.toSorted())
    t.same(
      names.filter(name => !namesOf(blind).includes(name)).toSorted(),
      [...ofLeader, 'GlooIstioWatchStale'].toSorted(),
    )
  })

  for (const [disabled, message] of [
    ['Nonsense', /prometheusRule\.disabled\[0\] is Nonsense.*GlooIstioDown/],
    [names.join(','), /prometheusRule\.disabled names every alert/],
  ] as const)
    await t.test(`refuses to leave out ${disabled.slice(0, 20)}`, async t => {
      const { stderr, code } = await template({
        set: [RULE, `prometheusRule.disabled={${disabled}}`],
      })
      t.not(code, 0)
      t.match(stderr, message)
    })

  for (const [set, name, threshold] of [
    [['replicaCount=1'], 'GlooIstioTooFewReplicas', '< 1'],
    [['replicaCount=3'], 'GlooIstioTooFewReplicas', '< 2'],
    [['certificates.certificateLife=90s'], 'GlooIstioServingCertificateExpires', '< 18'],
    [['certificates.certificateLife=30m'], 'GlooIstioServingCertificateExpires', '< 360'],
    [['certificates.authorityLife=8760h'], 'GlooIstioAuthorityExpires', '< 6307200'],
    [
      ['certificates.source=files', 'certificates.secretName=tls'],
      'GlooIstioServingCertificateExpires',
      '< 259200',
    ],
  ] as const)
    await t.test(`${name} goes by ${set[0]}`, async t => {
      const [object] = await rendered('PrometheusRule', RULE, ...set)
      const rule = rulesOf(object).find(found => textAt(found, 'alert') === name)
      t.ok(expressionOf(rule).endsWith(threshold), expressionOf(rule))
    })

  await t.test(
    'of a process outside the cluster scrapes nothing, and alerts all the same',
    async t => {
      const set = [RULE, MONITOR, 'webhook.url=https://webhook.example.com/mutate']
      t.same(await rendered('ServiceMonitor', ...set), [])
      t.same(await rendered('Service', ...set), [])
      const [rule] = await rendered('PrometheusRule', ...set)
      t.same(namesOf(rule), names)
    },
  )
})
