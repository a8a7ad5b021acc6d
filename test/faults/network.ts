import { faultGroup } from './fault.ts'

const NOTHING_LOST = 'no write fails, every object is injected'

export const NETWORK = faultGroup({
  title: 'API server and network',
  file: 'network',
  faults: {
    'NET-01': {
      fault: 'the API server is away for a minute',
      expected:
        'reviews are answered and all stay ready; afterwards changes are followed within 45 s',
    },
    'NET-02': {
      fault:
        'the API server answers all that replicas ask with 429 for 15 s, and their watches break',
      expected: `fewer than 10 requests a second of a replica, followed again within 45 s; ${NOTHING_LOST}`,
    },
    'NET-03': {
      fault:
        'the API server answers all that replicas ask with 500 for 15 s, and their watches break',
      expected: `fewer than 10 requests a second of a replica, followed again within 45 s; ${NOTHING_LOST}`,
    },
    'NET-04': {
      fault: 'all watches break, and what they would go on from is forgotten: 410 Gone',
      expected: 'all is listed anew, and what changed meanwhile is written within 45 s',
    },
    'NET-05': {
      fault:
        'the leader is cut off from the API server with its writes under way, which arrive when another leads',
      expected: 'never two leaders; the other writes each object, what comes late changes nothing',
    },
    'NET-06': {
      fault: 'a replica is told for 30 s that the Lease is still its own, while another has it',
      expected: 'both write, and each change is made once; none is undone',
    },
    'NET-07': {
      fault: 'connections to one replica are reset in the midst of reviews',
      expected:
        'the writes that were cut off fail by name; every object that is stored is injected',
    },
    'NET-08': {
      fault:
        'one replica is behind a network that swallows everything, and 3 s later no endpoint any more',
      expected:
        'writes sent there fail after the timeout of 5 s; all others are stored and injected',
    },
    'NET-09': {
      fault: 'the network to all replicas takes 200 ms each way',
      expected: NOTHING_LOST,
    },
    'NET-10': {
      fault: 'connections to the API server break, and its name cannot be resolved for 15 s',
      expected: `followed again within 45 s; ${NOTHING_LOST}`,
    },
    'NET-11': {
      fault: 'connections are used again that were idle for 72, 85 and 95 s',
      expected: 'each review is answered on the same connection',
    },
    'NET-12': {
      fault: 'watches stay open, and never bring a byte again',
      expected: 'they are given up within 200 s; what was missed is known then',
    },
  },
})
