import { faultGroup } from './fault.ts'

export const PEERS = faultGroup({
  title: 'Others that write',
  file: 'peers',
  faults: {
    'PEER-01': {
      fault: 'another webhook takes away what ours adds, whenever it sees it',
      expected: 'one write in 15 s by all replicas together, and an Event that says who is at odds',
    },
    'PEER-02': {
      fault: 'Gloo’s discovery adopts what we added, and writes it back after we took it away',
      expected: 'off stays off, at every look for 6 s',
    },
    'PEER-03': {
      fault: 'a GitOps tool applies an Upstream without our fields ten times a second',
      expected: 'each time it is stored with them, and we write nothing besides',
    },
    'PEER-04': {
      fault: 'a person changes a field of ours, and then switches mutual TLS off',
      expected: 'what the person wrote stays, and an Event says so',
    },
  },
})
