import { t } from 'tap'
import { AUTHORITY_CHECKS, renewHint } from '../../src/core/check-authority.ts'
import type { AuthoritySeen } from '../../src/core/check-evidence.ts'
import { certificate, evidenceOf, NOW, type Row, testRows } from '../harness/evidence.ts'

const seen = (more: Partial<AuthoritySeen>) => ({
  more: {
    authority: {
      place: 'Secret gloo-istio/authority',
      isThere: true,
      problem: undefined,
      current: [certificate(300)],
      next: [],
      former: [],
      ...more,
    },
  },
})
const elsewhere = { more: { authority: undefined } }
const made = (secondsAgo: number) => ({ ...certificate(364), notBefore: NOW - secondsAgo * 1000 })

const rows: readonly Row[] = [
  ['authority-secret', {}, 'passed', 'holds an authority that can sign'],
  ['authority-secret', elsewhere, 'skipped', 'elsewhere'],
  [
    'authority-secret',
    seen({ problem: 'no key' }),
    'failed',
    'Secret gloo-istio/authority: no key',
  ],
  ['authority-secret', seen({ problem: 'x', isThere: false }), 'failed', 'is not there'],
  ['authority-life', {}, 'passed', 'valid for 300 more days'],
  ['authority-life', elsewhere, 'skipped', 'no authority'],
  ['authority-life', seen({ current: [] }), 'skipped', 'no authority'],
  ['authority-life', seen({ current: [certificate(-1)] }), 'failed', 'is not valid now'],
  ['authority-life', seen({ current: [certificate(30)] }), 'warning', 'for 30 more days only'],
  [
    'authority-life',
    seen({ current: [{ ...certificate(7), notBefore: NOW - 1000 }] }),
    'passed',
    'valid for 7 more days, and replaced before',
  ],
  [
    'authority-life',
    seen({ current: [certificate(30)], next: [certificate(364)] }),
    'passed',
    'the next one is trusted already',
  ],
  ['authority-rotation', {}, 'passed', 'none is going on'],
  ['authority-rotation', elsewhere, 'skipped', 'elsewhere'],
  ['authority-rotation', seen({ former: [certificate(300)] }), 'passed', 'rotated lately'],
  ['authority-rotation', seen({ next: [made(60)] }), 'passed', 'one is going on'],
  ['authority-rotation', seen({ next: [made(7200)] }), 'warning', 'for more than an hour'],
]

testRows(t, AUTHORITY_CHECKS, rows)

t.test('how to have it renewed', async t => {
  t.match(
    renewHint(evidenceOf()),
    'kubectl annotate secret gloo-istio-authority -n gloo-istio --overwrite gloo-istio.io/rotate-before=',
  )
  t.match(renewHint(evidenceOf(elsewhere)), 'where it comes from')
})
