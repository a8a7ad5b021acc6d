import { faultGroup } from './fault.ts'

export const ENDURANCE = faultGroup({
  title: 'All of it, for long',
  file: 'endurance',
  faults: {
    'RUN-01': {
      fault:
        'while Upstreams are written without a pause, certificates and the authority are replaced, each replica is restarted, all are rolled, the Secret is corrupted and deleted, and the API server is stopped and comes back, again and again',
      expected:
        'no write fails and every object is injected, over as many reviews as REVIEWS says: 8,000, and 100,000 for this page',
    },
    'RUN-02': {
      fault: 'the caBundle is blanked while Upstreams are written, with failurePolicy Ignore',
      expected: 'no write fails; within 10 s every object is injected',
    },
    'RUN-03': {
      fault:
        'all replicas are dead for 20 s while 300 Upstreams are written, with failurePolicy Ignore',
      expected: 'no write fails; within 10 s of their return every object is injected',
    },
  },
})
