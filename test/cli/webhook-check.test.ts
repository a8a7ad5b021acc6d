import { t } from 'tap'
import { checkWebhook, sampleUpstream } from '../../src/cli/webhook-check.ts'
import { warningsOf } from '../../src/core/explain.ts'
import { withValue } from '../../src/core/json.ts'
import { injectInStage } from '../../src/core/review.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { writeOf } from '../../src/core/write-of.ts'
import { facts, mesh } from '../harness/build.ts'

const SAMPLE = { namespace: 'default' }
const ONE = facts(mesh('a.b'))

/** As an API server with the webhook answers, where these are the facts. */
const webhookOf = (known: Facts) => async (sample: JsonObject) => {
  const { object, decision } = injectInStage(writeOf(sample), known)
  return { object, warnings: ['somebody else’s', ...warningsOf(decision)] }
}

/** As it answers without. */
const nobody = async (object: JsonObject) => ({ object, warnings: ['somebody else’s'] })

t.test('a sample asks for a mesh only when it is told to', async t => {
  const annotated = (annotations: JsonObject) => ({ metadata: { annotations } })
  t.strictSame(Object.keys(sampleUpstream(SAMPLE)['metadata'] ?? {}).length, 3)
  t.match(sampleUpstream(SAMPLE), annotated({ 'gloo-istio.io/mesh': undefined }))
  t.match(
    sampleUpstream({ ...SAMPLE, mesh: 'a.b' }),
    annotated({ 'gloo-istio.io/mtls': 'enabled', 'gloo-istio.io/mesh': 'a.b' }),
  )
})

t.test('an Upstream that comes back filled is printed', async t => {
  t.strictSame(await checkWebhook(SAMPLE, webhookOf(ONE)), {
    kind: 'filled',
    text: `spec.sslConfig was filled with the certificates of mesh a.b:
sslFiles:
  rootCa: /etc/certs/a/b/root-cert.pem
  tlsCert: /etc/certs/a/b/cert-chain.pem
  tlsKey: /etc/certs/a/b/key.pem
`,
  })
})

const several = facts(mesh('a.b'), mesh('c.d'))
t.test('of several meshes one is asked for', async t => {
  t.match(await checkWebhook(SAMPLE, webhookOf(several)), {
    kind: 'answered',
    text: /^gloo-istio: several meshes .*\[AmbiguousMesh\]$/,
  })
  t.match(await checkWebhook({ ...SAMPLE, mesh: 'c.d' }, webhookOf(several)), {
    kind: 'filled',
    text: /mesh c\.d/,
  })
})

const answers: readonly [string, Facts, RegExp][] = [
  ['it has just started', { ...ONE, isSynced: false }, /^gloo-istio: .*\[FactsNotSynced\]$/],
  ['no mesh is told', facts(), /^gloo-istio: .*\[NoMeshConfigured\]$/],
  ['its stage is observe', { ...ONE, stage: 'observe' }, /^the webhook answers, but keeps silent/],
  [
    'its stage is warn',
    { ...ONE, stage: 'warn' },
    /^gloo-istio: .*\[MtlsEnabled\] \[StageWarn\]\n.*\[AlpnNotSent\]$/,
  ],
]
for (const [title, known, text] of answers)
  t.test(`that the webhook answers is seen although ${title}`, async t => {
    t.match(await checkWebhook(SAMPLE, webhookOf(known)), { kind: 'answered', text })
  })

t.test('nobody who answers is told, with what to look at', async t => {
  t.match(await checkWebhook(SAMPLE, nobody), {
    kind: 'unanswered',
    text: /^nobody answered for an Upstream in namespace default: [\s\S]*caBundle[\s\S]*logs/,
  })
})

t.test('what another webhook makes of it afterwards is told', async t => {
  const hostile = async (sample: JsonObject) => {
    const { object, warnings } = await webhookOf(ONE)(sample)
    return { object: withValue(object, ['spec', 'sslConfig'], undefined), warnings }
  }
  t.match(await checkWebhook(SAMPLE, hostile), { kind: 'answered', text: /another webhook/ })
})

t.test('an sslConfig that is not ours is no answer of ours', async t => {
  const other = async (sample: JsonObject) => ({
    object: withValue(sample, ['spec', 'sslConfig'], { sni: 'x' }),
    warnings: [],
  })
  t.match(await checkWebhook(SAMPLE, other), { kind: 'unanswered' })
})

t.test('what the API server refuses is handed on', async t => {
  await t.rejects(
    checkWebhook(SAMPLE, () => Promise.reject(new Error('no'))),
    { message: 'no' },
  )
})
