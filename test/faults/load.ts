import { faultGroup } from './fault.ts'

const NOTHING_LOST = 'no write fails, every object is injected'

export const LOAD = faultGroup({
  title: 'Load',
  file: 'load',
  faults: {
    'LOAD-01': {
      fault: 'ten times as many write at once as before',
      expected: `none waits longer than timeoutSeconds; ${NOTHING_LOST}`,
    },
    'LOAD-02': {
      fault: '100 reviews of 7 MiB come to one replica at once, past the API server',
      expected: `each is answered, refused with 429 and Retry-After, or ended once it has been coming for more than a second; less than 700 MiB of memory; ${NOTHING_LOST}`,
    },
    'LOAD-03': {
      fault: '500 connections send their head a byte a second',
      expected: `each is ended within 15 s; ${NOTHING_LOST}`,
    },
    'LOAD-04': {
      fault: '600 connections, more than reviews may be under way, send their body a byte a second',
      expected: `each is ended within 35 s; ${NOTHING_LOST}`,
    },
    'LOAD-05': {
      fault:
        '10 connections announce bodies of 64 MiB together, as much as may be under way, and send a byte a second',
      expected: `each is ended within 35 s; ${NOTHING_LOST}`,
    },
    'LOAD-06': {
      fault: '10,000 connections are opened to one replica, and left idle',
      expected: `it keeps no more than 1024, and less than 700 MiB of memory; ${NOTHING_LOST}`,
    },
    'LOAD-07': {
      fault: 'one replica is dialled for TLS handshakes without a pause, by 32 at once, for 10 s',
      expected: NOTHING_LOST,
    },
    'LOAD-08': {
      fault: 'one replica has all connections, as the others were away',
      expected: `with --connection-age=5s each has a tenth of the reviews at least, within 30 s; ${NOTHING_LOST}`,
    },
    'LOAD-09': {
      fault:
        '2,000 requests of every kind at once, good, wrong, too large, broken off and too many',
      expected: 'the outcomes of the metrics add up to them, and are what each was answered',
    },
  },
})
