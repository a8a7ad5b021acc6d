import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { type Test, t } from 'tap'
import { createAuthority, issueCertificate } from '../../src/certs/authority.ts'
import { reviewOf, upstream } from '../harness/build.ts'
import { ATTACK_TRANSPORT } from './attack-transport.ts'
import { type Attacked, clientOf, startAttacked, writeCertificates } from './attacked.ts'
import { proveFaults } from './fault.ts'
import { dial, type Heard, hear, say, statusesIn } from './raw.ts'

const server = await startAttacked(t)
const { port, ca } = server
const good = JSON.stringify(reviewOf(upstream()))
const LIFE = { days: 1, now: new Date() }

/** What became of a handshake: the cipher, or the code of the error. */
const handshake = async (
  options: ConnectionOptions,
  at: Pick<Attacked, 'port' | 'ca'> = server,
): Promise<string> => {
  try {
    const socket = await dial(at.port, at.ca, options)
    const said = `${socket.getProtocol()} ${socket.getCipher().name}`
    socket.destroy()
    return said
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

// The seal of the client’s own OpenSSL has to be broken to offer what is refused.
const WEAK = '@SECLEVEL=0'

const requestOf = (headers: string, body = good, path = '/mutate'): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n${body}`

const serialOf = (socket: TLSSocket): string => socket.getPeerX509Certificate()?.serialNumber ?? ''

/** A connection that takes up the session, if there is one and the server lets it. */
const resume = async (
  at: number,
  trusted: string,
  session: Buffer | undefined,
  version: 'TLSv1.2' | 'TLSv1.3',
) => {
  const socket = connect({
    host: '127.0.0.1',
    port: at,
    ca: trusted,
    minVersion: version,
    maxVersion: version,
    ...(session && { session }),
  })
  const sessions: Buffer[] = []
  socket.on('session', given => sessions.push(given))
  await once(socket, 'secureConnect')
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  const [isReused, serial] = [socket.isSessionReused(), serialOf(socket)]
  const kept = sessions.at(-1) ?? socket.getSession()
  socket.destroy()
  return { isReused, serial, session: kept }
}

const resident = async (): Promise<number> =>
  Number(/^process_resident_memory_bytes (\d+)/m.exec(await server.metrics())?.[1]) / 2 ** 20

const isCutOff = (t: Test, heard: Heard): void => {
  t.strictSame(statusesIn(heard), [400])
  t.ok(heard.isEnded, 'the connection ends')
}

proveFaults(t, ATTACK_TRANSPORT, {
  'ATK-41': async t => {
    const strict = await startAttacked(t, ['--tls-min-version=1.3'])
    const refused: string[] = []
    for (const version of ['TLSv1', 'TLSv1.1'] as const)
      for (const at of [server, strict]) {
        const options = { minVersion: version, maxVersion: version, ciphers: `ALL${WEAK}` }
        refused.push(await handshake(options, at))
      }
    refused.push(await handshake({ maxVersion: 'TLSv1.2' }, strict))
    for (const code of refused) t.match(code, /^ERR_SSL_|^ECONNRESET/)
    t.match(await handshake({ maxVersion: 'TLSv1.2' }), /^TLSv1\.2 ECDHE-/)
    t.match(await handshake({}, strict), /^TLSv1\.3 /)
    await server.reviewWell()
    return `${refused.length} handshakes refused: ${[...new Set(refused)].join(', ')}`
  },

  'ATK-42': async t => {
    const weak = [
      'AES128-SHA',
      'AES256-GCM-SHA384',
      'ECDHE-RSA-AES128-SHA256',
      'ECDHE-RSA-AES256-SHA384',
      'ECDHE-RSA-AES128-SHA',
      'AECDH-AES128-SHA',
      'ADH-AES128-GCM-SHA256',
      'DHE-RSA-AES128-GCM-SHA256',
      'ECDHE-RSA-NULL-SHA',
      'NULL-SHA256',
      'ECDHE-RSA-CAMELLIA128-SHA256',
    ]
    const offer = (cipher: string) =>
      handshake({ maxVersion: 'TLSv1.2', ciphers: `${cipher}${WEAK}` })
    // What the server says, not what the client cannot offer.
    for (const cipher of weak)
      t.equal(await offer(cipher), 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', cipher)
    const strong = [
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-RSA-CHACHA20-POLY1305',
    ]
    for (const cipher of strong) t.equal(await offer(cipher), `TLSv1.2 ${cipher}`)
    return `${weak.length} refused, ${strong.length} taken`
  },

  'ATK-43': async t => {
    const socket = await dial(port, ca, { maxVersion: 'TLSv1.2' })
    socket.on('error', () => {})
    const outcome = await new Promise<string>(resolve => {
      socket.once('close', () => resolve('the connection ended'))
      socket.renegotiate({ rejectUnauthorized: false }, error =>
        resolve(error ? 'refused' : 'renegotiated'),
      )
      // A server that does not answer the wish at all refuses it as well.
      setTimeout(resolve, 2_000, 'not answered')
    })
    socket.destroy()
    t.not(outcome, 'renegotiated')
    await server.reviewWell()
    return outcome
  },

  'ATK-44': async t => {
    const dir = t.testdir()
    const attacked = await startAttacked(t)
    const next = await writeCertificates(dir)
    const before = new Map<string, Awaited<ReturnType<typeof resume>>>()
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const first = await resume(attacked.port, attacked.ca, undefined, version)
      const second = await resume(attacked.port, attacked.ca, first.session, version)
      t.notOk(second.isReused, `${version}: a whole handshake`)
      before.set(version, second)
    }
    for (const file of ['tls.crt', 'tls.key', 'ca.crt'])
      copyFileSync(join(dir, file), join(attacked.dir, file))
    const begin = Date.now()
    const both = attacked.ca + next.authority.certPem
    const isNew = async () =>
      (await resume(attacked.port, both, undefined, 'TLSv1.3')).serial !==
      before.get('TLSv1.3')?.serial
    while (!(await isNew()) && Date.now() - begin < 30_000) await sleep(200)
    const seconds = (Date.now() - begin) / 1000
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const old = before.get(version)
      const after = await resume(attacked.port, both, old?.session, version)
      t.notOk(after.isReused, version)
      t.equal(after.serial, next.serialNumber, `${version}: the new certificate`)
    }
    return `no session was taken up; the new certificate was shown after ${seconds.toFixed(1)} s`
  },

  'ATK-45': async t => {
    const names = [
      'evil.example.com',
      'localhost',
      `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.example.com`,
      'x',
    ]
    const serials = new Set<string>()
    for (const servername of names) {
      t.match(await handshake({ servername }), 'ERR_TLS_CERT_ALTNAME_INVALID')
      const socket = await dial(port, ca, { servername, checkServerIdentity: () => undefined })
      serials.add(serialOf(socket))
      socket.destroy()
    }
    t.equal(serials.size, 1)
    await server.reviewWell()
    return `${names.length} names, one certificate`
  },

  'ATK-46': async t => {
    const dir = t.testdir()
    const clients = await createAuthority({ commonName: 'authority of clients', ...LIFE })
    const others = await createAuthority({ commonName: 'authority of clients', ...LIFE })
    const file = join(dir, 'client-ca.crt')
    writeFileSync(file, clients.certPem)
    const name = 'kube-apiserver'
    const closed = await startAttacked(t, [`--client-ca-file=${file}`, `--client-name=${name}`])
    const serverCertificate = await issueCertificate(clients, {
      commonName: name,
      usages: ['serverAuth'],
      ...LIFE,
    })
    const asked: readonly (readonly [
      string,
      { certPem: string; keyPem: string } | undefined,
      number,
    ])[] = [
      ['none', undefined, 403],
      ['of another authority', await clientOf(others, name), 403],
      ['of another name', await clientOf(clients, 'tenant'), 403],
      ['of a name that only begins so', await clientOf(clients, `${name}.evil`), 403],
      ['for servers', serverCertificate, 403],
      ['the right one', await clientOf(clients, name), 200],
    ]
    for (const [title, pair, status] of asked) {
      const socket = await dial(
        closed.port,
        closed.ca,
        pair && { cert: pair.certPem, key: pair.keyPem },
      )
      const heard = hear(socket)
      socket.write(requestOf(`Connection: close\r\nContent-Length: ${good.length}\r\n`))
      const answer = await heard
      t.strictSame(statusesIn(answer), [status], `${title}: ${answer.text.slice(0, 200)}`)
      if (status === 403) t.match(answer.text, 'GLOO_ISTIO_ERR_FORBIDDEN_CLIENT')
    }
    const probe = await closed.send({ method: 'GET', path: '/readyz', headers: {} })
    t.equal(probe.status, 200)
    return `${asked.length - 1} × 403, 1 × 200; /readyz 200 without a certificate`
  },

  'ATK-47': async t => {
    t.match(await handshake({ ALPNProtocols: ['h2'] }), /^ERR_SSL_|^ECONNRESET/)
    const both = await dial(port, ca, { ALPNProtocols: ['h2', 'http/1.1'] })
    t.equal(both.alpnProtocol, 'http/1.1')
    both.destroy()
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
    const frames = Buffer.concat([Buffer.from(preface), Buffer.alloc(9 * 1000, 3)])
    isCutOff(t, await say(port, ca, frames))
    const upgrade = requestOf(
      `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\nContent-Length: ${good.length}\r\n`,
    )
    t.notOk(statusesIn(await say(port, ca, upgrade)).includes(101), 'no upgrade')
    await server.reviewWell()
    return 'h2 alone: no handshake; preface: 400; upgrade: none'
  },

  'ATK-48': async t => {
    const smuggled = 'GET /livez HTTP/1.1\r\nHost: smuggled\r\n\r\n'
    const heads = [
      `Content-Length: ${good.length}\r\nTransfer-Encoding: chunked\r\n`,
      `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`,
      `Content-Length: 4\r\nContent-Length: ${good.length}\r\n`,
      `Content-Length: 4, ${good.length}\r\n`,
      'Content-Length: -1\r\n',
      'Content-Length: +4\r\n',
      'Content-Length: 0x4\r\n',
      'Transfer-Encoding: xchunked\r\n',
      'Transfer-Encoding: chunked, identity\r\n',
      'Transfer-Encoding : chunked\r\n',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
      ' Transfer-Encoding: chunked\r\n',
      'X: y\nTransfer-Encoding: chunked\r\n',
    ]
    for (const head of heads) {
      const heard = await say(port, ca, `${requestOf(head, `0\r\n\r\n${smuggled}`)}`)
      const statuses = statusesIn(heard)
      t.ok(statuses.length <= 1 && (statuses[0] ?? 400) >= 400, `${head} ${statuses.join()}`)
    }
    const bare = `POST /mutate HTTP/1.1\nHost: x\nContent-Length: 0\n\n${smuggled}`
    t.ok(statusesIn(await say(port, ca, bare)).length <= 1)
    await server.reviewWell()
    return `${heads.length + 1} requests, none with a second one behind it`
  },

  'ATK-49': async t => {
    const held = await server.unmoved(async () => {
      const sockets = Array.from({ length: 200 }, (_, at) => {
        const socket = connectTcp({ host: '127.0.0.1', port }).on('error', () => {})
        socket.write(at % 2 === 0 ? requestOf('') : randomBytes(4_096))
        return socket
      })
      const closed = Promise.all(sockets.map(socket => socket.resume() && once(socket, 'close')))
      const isOver = await Promise.race([closed.then(() => true), sleep(20_000, false)])
      for (const socket of sockets) socket.destroy()
      t.ok(isOver, 'all are closed')
    })
    return `200 connections closed; ${held}`
  },

  'ATK-50': async t => {
    const before = await resident()
    const request = requestOf(`Content-Length: ${good.length}\r\n`).repeat(10)
    let sent = 0
    const held = await server.unmoved(async () => {
      const socket = await dial(port, ca)
      socket.on('error', () => {}).pause()
      sent = 0
      const drained = () => Promise.race([once(socket, 'drain').catch(() => {}), sleep(500, 'not')])
      while (sent < 2_000) {
        sent += 10
        if (!socket.write(request) && (await drained()) === 'not') break
      }
      socket.destroy()
    })
    const grown = Math.max(0, (await resident()) - before)
    t.ok(grown < 64, `${grown} MiB`)
    return `${sent} sent until nothing more was taken, ${grown.toFixed(0)} MiB more memory; ${held}`
  },
})
