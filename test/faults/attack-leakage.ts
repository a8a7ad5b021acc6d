import { faultGroup } from './fault.ts'

/** What could be read from the outside that nobody was to know. */
export const ATTACK_LEAKAGE = faultGroup({
  title: 'Attacks by what can be read',
  file: 'attack-leakage',
  faults: {
    'ATK-51': {
      fault: 'secrets in every part of an object and of its old one, in headers and in the query',
      expected: 'none of them, and no patch, is in the log at level debug',
    },
    'ATK-52': {
      fault: 'objects and namespaces with names of tenants, then a look at the metrics',
      expected: 'no name; /metrics only on its own port, where no review is taken',
    },
    'ATK-53': {
      fault: 'every error that can be provoked',
      expected: 'no stack, path of a file, version or name of a program in any answer',
    },
    'ATK-54': {
      fault: 'paths of debuggers, profilers and heap snapshots on every port',
      expected: '404; /debug listens on 127.0.0.1 alone, if at all, and asks for that name',
    },
    'ATK-55': {
      fault: 'a token of a ServiceAccount that the API server refuses',
      expected: 'the log tells of 401, and not of the token',
    },
  },
})
