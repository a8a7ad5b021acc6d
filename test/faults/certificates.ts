import { faultGroup } from './fault.ts'

const NOTHING_LOST = 'no write fails, every object is injected'

export const CERTIFICATES = faultGroup({
  title: 'Certificates',
  file: 'certificates',
  faults: {
    'CERT-01': {
      fault: 'three replicas are started at once, and there is no authority yet',
      expected: 'they end up with one authority and a certificate each, and all are ready',
    },
    'CERT-02': {
      fault: 'the serving certificates of all replicas are renewed under load',
      expected: NOTHING_LOST,
    },
    'CERT-03': {
      fault: 'the authority is replaced under load',
      expected: `old and new are trusted together, then the new alone; ${NOTHING_LOST}`,
    },
    'CERT-04': {
      fault: 'the Secret of the authority is deleted under load',
      expected: `the same authority is back within 5 s; ${NOTHING_LOST}`,
    },
    'CERT-05': {
      fault: 'the certificate in the Secret is truncated under load',
      expected: `the same authority is back within 5 s; ${NOTHING_LOST}`,
    },
    'CERT-06': {
      fault: 'the key in the Secret is replaced by that of another certificate under load',
      expected: `the same authority is back within 5 s; ${NOTHING_LOST}`,
    },
    'CERT-07': {
      fault: 'the Secret is emptied while a replica starts that has never seen it',
      expected: `the old authority stays trusted; ${NOTHING_LOST}`,
    },
    'CERT-08': {
      fault: 'the Secret holds an authority that has expired when all replicas start',
      expected: 'another is made, and all are ready within a minute',
    },
    'CERT-09': {
      fault: 'the Secret holds an authority of the future when all replicas start',
      expected: 'another is made, and all are ready within a minute',
    },
    'CERT-10': {
      fault: 'somebody blanks the caBundle under load',
      expected: 'it is back within 2 s; every object that is stored meanwhile is injected',
    },
    'CERT-11': {
      fault: 'somebody puts another authority into the caBundle',
      expected: 'ours is back within 2 s, and nothing else is left',
    },
    'CERT-12': {
      fault: 'the clock of one replica jumps by an hour and by 400 days, forward and back',
      expected: `the authority stays; ${NOTHING_LOST}`,
    },
    'CERT-13': {
      fault: 'a replica is paused past the end of its certificate',
      expected: 'it has a valid one within 5 s of being resumed, and is ready',
    },
    'CERT-14': {
      fault: 'nobody may write the Secret when the authority is to be replaced',
      expected: `everything goes on with the old one, the log says why; ${NOTHING_LOST}`,
    },
    'CERT-15': {
      fault: 'the API server is away when certificates are to be renewed',
      expected: `they are renewed without it; afterwards ${NOTHING_LOST}`,
    },
    'CERT-16': {
      fault: 'cert-manager replaces files and caBundle, and the process is never restarted',
      expected: 'the new certificate is served; nothing of somebody else’s is written',
    },
    'CERT-17': {
      fault:
        'mounted files are replaced by a pair that does not match, is for another name, or is over',
      expected: 'the certificate in use stays, the log names the file',
    },
    'CERT-18': {
      fault: 'ten years pass, half a day at a time',
      expected: 'at no moment is a certificate served that the API server would refuse',
    },
  },
})
