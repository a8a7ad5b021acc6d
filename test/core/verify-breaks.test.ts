import { t } from 'tap'
import {
  BREAKS,
  breakOf,
  breaksIn,
  brokenLink,
  LINKS,
  okLink,
  unseenLink,
} from '../../src/core/verify-breaks.ts'

t.test('a break has its sentence and its hint filled in', async t => {
  t.strictSame(breakOf('SdsUnreachable', { server: 'a', failures: 3, namespace: 'n', pod: 'p' }), {
    code: 'SdsUnreachable',
    link: 'certificate',
    message: 'Envoy gets no certificate from a: 3 attempts failed',
    hint: 'see that the container that serves it runs: kubectl get pod -n n p, and its log',
  })
})

t.test('every break belongs to a link, and says something of its own', async t => {
  const rows = Object.values(BREAKS)
  t.ok(rows.every(({ link }) => LINKS.includes(link)))
  t.equal(new Set(rows.map(({ sentence }) => sentence)).size, rows.length)
})

t.test('breaks come in the order of the chain, not of the list', async t => {
  const late = brokenLink(
    breakOf('NoEndpoint', { cluster: 'c', healthy: 0, total: 1, destination: 'd' }),
    '',
  )
  const early = brokenLink(breakOf('PlainText', { cluster: 'c' }), '')
  const found = breaksIn([late, okLink('stored', ''), unseenLink('handshakes', ''), early])
  t.strictSame(
    found.map(({ code }) => code),
    ['PlainText', 'NoEndpoint'],
  )
})
