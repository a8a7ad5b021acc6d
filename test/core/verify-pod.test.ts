import { t } from 'tap'
import { breakOf } from '../../src/core/verify-breaks.ts'
import { identityOf, type PodVerified, unaskedPod } from '../../src/core/verify-pod.ts'
import { GOOD, PLAIN, POD, seen, verified, WANTED } from '../harness/verified.ts'

const linksOf = ({ links }: PodVerified) => links.map(({ link, state }) => `${link} ${state}`)

t.test('a chain that holds has every link', async t =>
  t.strictSame(linksOf(verified(GOOD)), [
    'cluster ok',
    'certificate ok',
    'trust ok',
    'endpoints ok',
    'handshakes ok',
  ]),
)

t.test('behind the first break nothing is looked at', async t =>
  t.strictSame(linksOf(verified({ ...GOOD, certificate: undefined })), [
    'cluster ok',
    'certificate broken',
  ]),
)

t.test('a cluster that lacks nothing and is still being prepared', async t => {
  const warming = seen(undefined, {
    cluster: { name: 'c', isWarming: true, tls: WANTED.tls, isByEndpoint: false },
  })
  t.match(verified(warming).links.at(-1)?.break, { code: 'StillWarming' })
})

t.test('of plain text only the cluster tells', async t =>
  t.strictSame(linksOf(verified(seen(undefined), 'pod-1', PLAIN)), ['cluster ok']),
)

t.test('who is no client of a mesh needs no certificate', async t => {
  const tls = WANTED.tls && { ...WANTED.tls, certificate: undefined }
  t.strictSame(linksOf(verified(seen(tls), 'pod-1', { ...WANTED, tls })).slice(0, 2), [
    'cluster ok',
    'trust ok',
  ])
})

t.test('without a cluster there is nothing to say of its endpoints', async t => {
  const tls = undefined
  t.match(verified(seen(tls, { cluster: undefined })).links, [{ state: 'broken' }])
})

t.test('the identity of a pod is that of its ServiceAccount', async t => {
  t.equal(identityOf({ trustDomain: 'td' }, POD), 'spiffe://td/ns/gloo-system/sa/gateway-proxy')
  t.equal(identityOf({ trustDomain: undefined }, POD), undefined)
})

t.test('a pod that told nothing has nothing but that', async t => {
  const found = breakOf('AdminUnreachable', { pod: 'pod-1', port: 19000, why: 'refused' })
  t.strictSame(linksOf(unaskedPod(POD, found)), ['admin broken'])
})
