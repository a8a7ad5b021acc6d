import { faultGroup } from './fault.ts'

/** Requests as nobody but an attacker sends them; whoever reaches the port can. */
export const ATTACK_INPUT = faultGroup({
  title: 'Attacks by what is sent',
  file: 'attack-input',
  faults: {
    'ATK-01': {
      fault: 'a body one byte larger than 7 MiB, with its length told',
      expected: 'a Status 413 that the sender gets to read',
    },
    'ATK-02': {
      fault: 'a chunked body without an end',
      expected: 'a Status 413 once 7 MiB came; the rest is thrown away, for 30 s at most',
    },
    'ATK-03': {
      fault: 'a gzip bomb: 256 MiB of zeros in 256 KiB',
      expected: 'a Status 400 or 415; nothing is unpacked',
    },
    'ATK-04': {
      fault: 'content types other than JSON, or none',
      expected: 'a Status 415 for each',
    },
    'ATK-05': { fault: 'an empty body', expected: 'a Status 400' },
    'ATK-06': { fault: 'bodies of null, true, a number and a string', expected: 'a Status 400' },
    'ATK-07': { fault: 'an array of reviews', expected: 'a Status 400' },
    'ATK-08': {
      fault: 'arrays and objects nested 100,000 deep, bare and within an annotation',
      expected: 'a Status 400 before anything is built of them',
    },
    'ATK-09': {
      fault: 'keys that are there twice, with values that contradict each other',
      expected: 'the last counts, as it does for the API server',
    },
    'ATK-10': {
      fault: 'keys called `__proto__`, `constructor` and `prototype`, at every level',
      expected: 'they are keys like others; the review after is answered as the one before',
    },
    'ATK-11': {
      fault: 'lone surrogates and NUL in names, keys and values',
      expected: 'an answer that is UTF-8 and JSON',
    },
    'ATK-12': {
      fault: 'numbers beyond 2^53, and beyond any double',
      expected: 'the patch does not touch them',
    },
    'ATK-13': {
      fault: 'a uid of control characters, line ends and terminal sequences',
      expected: 'it comes back as it was; the log stays a JSON object a line',
    },
    'ATK-14': {
      fault: 'a Secret that the request says is an Upstream',
      expected: 'a Status 400 that names the field, and nothing of the Secret',
    },
    'ATK-15': {
      fault: 'reviews of Pods, Secrets and webhook configurations',
      expected: 'a Status 400 that says to limit the rules; nothing of the object',
    },
    'ATK-16': {
      fault: 'bytes that are not UTF-8',
      expected: 'an answer that is UTF-8 and JSON',
    },
    'ATK-17': {
      fault: 'an UPDATE of an Upstream of 1.5 MiB in 40,000 keys, old and new',
      expected: 'it is answered with its patch, and nobody waits longer than 250 ms for it',
    },
    'ATK-18': {
      fault: 'a ?timeout= of thousands of digits, and of thousands of parts',
      expected: 'it is ignored, at no cost',
    },
    'ATK-19': {
      fault: 'a head of 64 KiB, in one header, in a thousand, and in the path',
      expected: '431 and the end of the connection',
    },
    'ATK-20': {
      fault: 'paths around /mutate: doubled and encoded slashes, dots, NUL, another case, markup',
      expected: 'a Status 400 or 404, or the same answer as at /mutate',
    },
  },
})
