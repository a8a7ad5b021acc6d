import { t } from 'tap'
import { skip } from '../../src/core/decision.ts'
import { finding } from '../../src/core/reasons.ts'
import { respond } from '../../src/core/respond.ts'
import { requestOf, upstream } from '../harness/build.ts'

const review = { apiVersion: 'admission.k8s.io/v1beta1', request: requestOf(upstream()) } as const

t.test('the answer is in the version that was asked, with its uid', async t => {
  const decision = skip(finding('NotSelected', {}))
  t.strictSame(respond(review, decision, []), {
    apiVersion: 'admission.k8s.io/v1beta1',
    kind: 'AdmissionReview',
    response: {
      uid: 'a3e1',
      allowed: true,
      auditAnnotations: { reason: 'NotSelected', message: decision.finding.message },
    },
  })
})

t.test('a patch is base64 of UTF-8, a warning is said', async t => {
  const patch = [{ op: 'add', path: '/é→', value: 'é→' }] as const
  const { response } = respond(review, skip(finding('NoMeshConfigured', {})), patch)
  t.equal(response.patchType, 'JSONPatch')
  t.strictSame(JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()), patch)
  t.equal(response.warnings?.length, 1)
})
