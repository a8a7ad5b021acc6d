import { faultGroup } from './fault.ts'

const NOTHING_LOST = 'no write fails, every object is injected'

export const CLUSTER = faultGroup({
  title: 'Cluster',
  file: 'cluster',
  faults: {
    'CLUS-01': {
      fault: 'all replicas are killed, with failurePolicy Fail',
      expected:
        'Upstreams are refused by name; Deployments, kube-system and our own namespace go on; all is well within 30 s of their start',
    },
    'CLUS-02': {
      fault: 'all replicas are ended, with failurePolicy Ignore, and Upstreams are written',
      expected: 'no write fails; within 10 s of the return of the first every Upstream is injected',
    },
    'CLUS-03': {
      fault:
        'all replicas are killed at once, with failurePolicy Ignore, and Upstreams are written',
      expected:
        'no write fails; one leads within 10 s, as the Lease that nobody gave up ends after 5 s, and every Upstream is injected within 10 s of that',
    },
    'CLUS-04': {
      fault: 'the release is installed once more',
      expected: `Helm refuses, nothing that is in use changes; ${NOTHING_LOST}`,
    },
    'CLUS-05': {
      fault: 'a second release comes up in another namespace, with Ignore, works along, and goes',
      expected: `each object is changed once; ${NOTHING_LOST}`,
    },
    'CLUS-06': {
      fault: 'the release is upgraded to other values, and all replicas replaced, under load',
      expected: NOTHING_LOST,
    },
    'CLUS-07': {
      fault: 'etcd and API server are killed, and started anew',
      expected: 'all stay ready; changes are followed within 45 s; afterwards nothing is lost',
    },
    'CLUS-08': {
      fault: 'our namespace is deleted, the pods last; what its controller does is done by hand',
      expected: `${NOTHING_LOST} while pods are left; then Upstreams alone are refused, until the release is installed once more`,
    },
    'CLUS-09': {
      fault: 'the release is uninstalled under load',
      expected: 'no write fails; nothing of ours is left',
    },
  },
})
