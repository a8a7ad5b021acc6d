import { faultGroup } from './fault.ts'

/** What can be done to TLS and HTTP below a review. */
export const ATTACK_TRANSPORT = faultGroup({
  title: 'Attacks on TLS and HTTP',
  file: 'attack-transport',
  faults: {
    'ATK-41': {
      fault: 'TLS 1.0 and 1.1, and with --tls-min-version 1.3 TLS 1.2 too',
      expected: 'no handshake',
    },
    'ATK-42': {
      fault:
        'ciphers without forward secrecy or authentication, with CBC, RC4, 3DES or no encryption',
      expected: 'no handshake; those that authenticate what they encrypt go through',
    },
    'ATK-43': {
      fault: 'renegotiation asked for by the client, of TLS 1.2',
      expected: 'it is refused',
    },
    'ATK-44': {
      fault: 'a session taken up again, before and after the certificate was replaced',
      expected: 'each handshake is a whole one, and shows the certificate of now',
    },
    'ATK-45': {
      fault: 'server names that are not ours, unknown, an address, of 255 characters',
      expected: 'the one certificate there is, which the client then refuses',
    },
    'ATK-46': {
      fault: 'with --client-ca-file: no certificate, one of another authority, one of another name',
      expected: 'a Status 403 at /mutate; the right one gets through; probes are open to all',
    },
    'ATK-47': {
      fault: 'HTTP/2, by ALPN and by its preface, as for a rapid reset',
      expected: 'it is not spoken: no agreement, a 400 and the end of the connection',
    },
    'ATK-48': {
      fault: 'requests smuggled by contradicting, repeated and malformed lengths',
      expected: 'a 400 and the end of the connection; no second request is seen',
    },
    'ATK-49': {
      fault: 'HTTP without TLS, and noise, on 200 connections',
      expected: 'they are closed; reviews go on',
    },
    'ATK-50': {
      fault: '2,000 reviews on one connection, whose answers nobody reads',
      expected: 'what waits for the reader stays small; reviews go on',
    },
  },
})
