import { faultGroup } from './fault.ts'

const NOTHING_LOST = 'no write fails, every object is injected'
const FILLED = 'no write fails; what was stored without its sslConfig has it'

export const PROCESSES = faultGroup({
  title: 'Processes',
  file: 'processes',
  faults: {
    'PROC-01': {
      fault: 'one replica is ended by SIGTERM under load, and started anew',
      expected: NOTHING_LOST,
    },
    'PROC-02': {
      fault: 'all replicas are ended and started anew under load, one after the other',
      expected: NOTHING_LOST,
    },
    'PROC-03': {
      fault: 'one replica is killed by SIGKILL under load, with failurePolicy Fail',
      expected:
        'only the reviews on their way to it fail, and at once; nothing is stored that was not injected',
    },
    'PROC-04': {
      fault: 'all replicas are killed under load, with failurePolicy Fail',
      expected:
        'writes are refused, with the name of the webhook, and nothing is stored that was not injected; once they are back all goes on',
    },
    'PROC-05': {
      fault:
        'a replica that does not lead stands still under load, and is killed, with failurePolicy Ignore',
      expected: `${FILLED} within 10 s`,
    },
    'PROC-06': {
      fault: 'the leader stands still under load, and is killed, with failurePolicy Ignore',
      expected: `${FILLED} within 30 s: its Lease has to run out`,
    },
    'PROC-07': {
      fault: 'all replicas are killed, and started anew after 5 s, with failurePolicy Ignore',
      expected: `${FILLED} within 45 s of their return: the Lease of who led has to run out`,
    },
    'PROC-08': {
      fault: 'one replica runs out of memory under load',
      expected:
        'only the reviews on their way to it fail; nothing is stored that was not injected; started anew, it is ready',
    },
    'PROC-09': {
      fault:
        'the event loop of one replica stands still for 5 s under load, timeoutSeconds being 10',
      expected: NOTHING_LOST,
    },
    'PROC-10': {
      fault:
        'the event loop of one replica stands still for longer than timeoutSeconds, under load',
      expected:
        'only the reviews on their way to it fail; nothing is stored that was not injected; it is ready again within 5 s of the end',
    },
    'PROC-11': {
      fault: 'a promise is rejected that nobody waits for, under load',
      expected: `the replica drains, and fails to be started anew; ${NOTHING_LOST}`,
    },
    'PROC-12': {
      fault: 'an error is thrown that nobody catches, under load',
      expected: `the replica drains, and fails to be started anew; ${NOTHING_LOST}`,
    },
    'PROC-13': {
      fault: 'one replica can open no file and no connection for 5 s, under load',
      expected:
        'only reviews on connections that were dialled to it meanwhile fail; it is ready again within 5 s of the end',
    },
    'PROC-14': {
      fault: 'a process of at most 200 open files is dialled 400 times',
      expected: 'connections that are open go on; it is ready again within 5 s of their end',
    },
    'PROC-15': {
      fault: 'the disk is full that standard output goes to',
      expected: 'every review is answered, and SIGTERM ends it as ever',
    },
    'PROC-16': {
      fault: 'whoever read standard output is gone',
      expected: 'every review is answered, and SIGTERM ends it as ever',
    },
    'PROC-17': {
      fault: 'standard output is read no more, and the pipe is full',
      expected: 'every review is answered, and SIGTERM ends it within 5 s',
    },
    'PROC-18': {
      fault:
        'a replica starts while all that goes to and from the API server takes 100 ms, and what namespaces there are longer',
      expected: `it is not ready, says why, and is dialled by nobody until it is; ${NOTHING_LOST}`,
    },
    'PROC-19': {
      fault: 'a second SIGTERM comes while a process drains',
      expected: 'it ends within 2 s, with 0',
    },
    'PROC-20': {
      fault: 'the port is taken, or that of the metrics',
      expected: 'it ends with 1, and names the port',
    },
    'PROC-21': {
      fault:
        'all replicas are ended by SIGTERM, and started anew after 5 s, with failurePolicy Ignore',
      expected: `${FILLED} within 10 s of their return`,
    },
  },
})
