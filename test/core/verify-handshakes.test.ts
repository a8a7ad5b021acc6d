import { t } from 'tap'
import type { BreakCode, LinkState } from '../../src/core/verify-breaks.ts'
import {
  type Counted,
  type EndpointsSeen,
  endpointsLink,
  handshakesLink,
  type TrafficSeen,
} from '../../src/core/verify-handshakes.ts'

const counted = (more: Partial<Counted> = {}): Counted => ({
  handshakes: 0,
  wrongName: 0,
  wrongAuthority: 0,
  broken: 0,
  ...more,
})
const endpoints = (more: Partial<EndpointsSeen> = {}): EndpointsSeen => ({
  total: 1,
  healthy: 1,
  connections: 0,
  failed: 0,
  answered: 0,
  ...more,
})
const seen = (
  e: Partial<EndpointsSeen>,
  c: Partial<Counted> = {},
  later?: Partial<Counted>,
): TrafficSeen => ({
  endpoints: endpoints(e),
  counted: counted(c),
  later: later && counted(later),
})
const WANTED = { cluster: 'c', names: ['spiffe://a'], destination: 'default/details:9080' }
const WORKED = { connections: 2, answered: 5 }
const TRIED = { connections: 2, failed: 2 }

// what | seen | state | break | what is said of it
const cases: readonly [string, TrafficSeen, LinkState, BreakCode | undefined, RegExp][] = [
  ['nothing yet', seen({}), 'unseen', undefined, /^no request has gone there yet$/],
  [
    'failures of a cluster before',
    seen({}, { wrongName: 3 }, { wrongName: 3 }),
    'unseen',
    undefined,
    /yet/,
  ],
  [
    'answers',
    seen(WORKED, { handshakes: 2 }),
    'ok',
    undefined,
    /^2 done, 0 failed; 5 requests answered$/,
  ],
  [
    'answers after failures',
    seen(WORKED, { handshakes: 2, broken: 3 }, { handshakes: 2, broken: 3 }),
    'ok',
    undefined,
    /3 failed/,
  ],
  [
    'a connection and no answer yet',
    seen({ connections: 1 }, { handshakes: 1 }),
    'ok',
    undefined,
    /1 done/,
  ],
  [
    'failures at this very moment',
    seen(WORKED, { handshakes: 9, wrongName: 3 }, { handshakes: 9, wrongName: 5 }),
    'broken',
    'PeerNameRefused',
    /than spiffe:\/\/a: Envoy broke off 2 handshakes/,
  ],
  [
    'another name',
    seen(TRIED, { wrongName: 2 }, { wrongName: 2 }),
    'broken',
    'PeerNameRefused',
    /broke off 2 handshakes/,
  ],
  [
    'another authority',
    seen(TRIED, { handshakes: 1, wrongAuthority: 2 }, { handshakes: 1, wrongAuthority: 2 }),
    'broken',
    'PeerAuthorityRefused',
    /broke off 2 handshakes/,
  ],
  [
    'a client certificate that is refused',
    seen({ connections: 4 }, { handshakes: 4, broken: 4 }, { handshakes: 4, broken: 4 }),
    'broken',
    'HandshakeFails',
    /^4 of 4 connections/,
  ],
  [
    'nobody who listens',
    seen(TRIED),
    'broken',
    'HandshakeFails',
    /^2 of 2 connections to the workloads failed$/,
  ],
]
for (const [what, found, state, code, message] of cases)
  t.test(`${what}: ${state}`, async t => {
    const link = handshakesLink(WANTED, found)
    t.equal(link.state, state)
    t.equal(link.break?.code, code)
    t.match(link.break?.message ?? link.seen, message)
  })

t.test('what was counted before the cluster became what it is tells no cause', async t => {
  const stale = { wrongName: 2, wrongAuthority: 1 }
  t.match(handshakesLink(WANTED, seen(TRIED, stale, stale)).break, {
    code: 'HandshakeFails',
    message: '2 of 2 connections to the workloads failed',
  })
})

t.test('a hint leads to the workloads', async t => {
  t.match(handshakesLink(WANTED, seen(TRIED)).break?.hint, 'default/details:9080')
  t.match(handshakesLink({ ...WANTED, destination: '' }, seen(TRIED)).break?.hint, 'the Upstream')
})

t.test('endpoints count when one of them is healthy', async t => {
  t.match(endpointsLink(WANTED, seen({ total: 3 })), { state: 'ok', seen: '1 of 3 healthy' })
  t.match(endpointsLink(WANTED, seen({ total: 3, healthy: 0 })), {
    state: 'broken',
    break: { code: 'NoEndpoint', message: '0 of 3 endpoints of cluster c are healthy' },
  })
})
