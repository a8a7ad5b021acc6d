import { t } from 'tap'
import { field, fieldAt } from '../../src/core/json.ts'
import { skipUnless } from '../parts/parts.ts'
import { keys, podOf, type Render, render, renderAll, valueSets } from './chart.ts'

const INJECT = 'cert-manager.io/inject-ca-from'

/** By kind and name. */
const namedIn = async (options: Render): Promise<ReadonlyMap<string, unknown>> =>
  new Map(
    (await renderAll(options)).map(object => [
      `${String(field(object, 'kind'))} ${String(fieldAt(object, 'metadata', 'name'))}`,
      object,
    ]),
  )

const annotationsOf = (objects: ReadonlyMap<string, unknown>) =>
  fieldAt(
    objects.get('MutatingWebhookConfiguration edge-gloo-istio.mesh'),
    'metadata',
    'annotations',
  )

const mountOf = async (values: string) => {
  const volumes = field(podOf(await render({ values })), 'volumes')
  return Array.isArray(volumes) && volumes.find(volume => field(volume, 'name') === 'tls')
}

await t.test('the certificate', { skip: skipUnless('helm') }, async t => {
  await t.test('of processes themselves is in a Secret that is theirs to fill', async t => {
    const secret = (await render({})).get('Secret')
    t.match(secret, { metadata: { namespace: 'mesh', name: 'edge-gloo-istio-authority' } })
    t.same(keys(secret), ['apiVersion', 'kind', 'metadata', 'type'])
  })

  await t.test('of cert-manager has an authority of its own', async t => {
    const objects = await namedIn({ values: 'cert-manager' })
    t.match(objects.get('Issuer edge-gloo-istio-selfsigned'), { spec: { selfSigned: {} } })
    t.match(objects.get('Certificate edge-gloo-istio-ca'), {
      spec: {
        isCA: true,
        secretName: 'edge-gloo-istio-ca',
        duration: '43800h',
        privateKey: { rotationPolicy: 'Never' },
        issuerRef: { name: 'edge-gloo-istio-selfsigned', kind: 'Issuer' },
      },
    })
    t.match(objects.get('Issuer edge-gloo-istio-ca'), {
      spec: { ca: { secretName: 'edge-gloo-istio-ca' } },
    })
    t.match(objects.get('Certificate edge-gloo-istio-tls'), {
      spec: {
        secretName: 'edge-gloo-istio-tls',
        duration: '2160h',
        dnsNames: ['edge-gloo-istio.mesh.svc', 'edge-gloo-istio.mesh.svc.cluster.local'],
        usages: ['server auth', 'digital signature'],
        privateKey: { rotationPolicy: 'Always' },
        issuerRef: { name: 'edge-gloo-istio-ca', kind: 'Issuer', group: 'cert-manager.io' },
      },
    })
    t.match(annotationsOf(objects), { [INJECT]: 'mesh/edge-gloo-istio-tls' })
  })

  await t.test('of cert-manager is signed by an issuer that is given', async t => {
    const objects = await namedIn({ values: 'cert-manager-issuer' })
    const names = [...objects.keys()].filter(name => /^(Issuer|Certificate) /.test(name))
    t.same(names, ['Certificate edge-gloo-istio-tls'])
    t.match(objects.get('Certificate edge-gloo-istio-tls'), {
      spec: { issuerRef: { name: 'internal', kind: 'ClusterIssuer', group: 'cert-manager.io' } },
    })
    t.match(annotationsOf(objects), { [INJECT]: 'mesh/edge-gloo-istio-tls' })
  })

  await t.test('is mounted where somebody else makes it', async t => {
    t.match(await mountOf('cert-manager'), { secret: { secretName: 'edge-gloo-istio-tls' } })
    t.match(await mountOf('files-certificates'), { secret: { secretName: 'gloo-istio-tls' } })
    t.equal(await mountOf('default'), undefined)
  })

  await t.test('is made by nobody else than by whom it is asked for', async t => {
    for (const values of valueSets) {
      const objects = await namedIn({ values })
      const kinds = [...objects.keys()].map(name => name.split(' ')[0])
      t.notOk(kinds.includes('Certificate'), values)
      t.notOk(keys(annotationsOf(objects)).includes(INJECT), values)
    }
  })

  await t.test('is trusted by no empty bundle, which would blank what is published', async t => {
    for (const values of ['default', 'cert-manager', 'files-certificates', 'url'])
      for (const webhook of (await namedIn({ values })).values())
        t.notMatch(JSON.stringify(webhook), /caBundle/, values)
  })
})
