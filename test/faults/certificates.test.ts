import { X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { createAuthority, type KeyPair } from '../../src/certs/authority.ts'
import { writeAuthority } from '../../src/certs/authority-record.ts'
import { certificatesIn } from '../../src/certs/pem.ts'
import { fieldAt, items, textAt } from '../../src/core/json.ts'
import { liveTenYears } from '../harness/shared-certificates.ts'
import { skipUnless } from '../parts/parts.ts'
import type { Replica } from '../parts/replicas.ts'
import { allowed } from './allowed.ts'
import { CERTIFICATES } from './certificates.ts'
import { proveFaults } from './fault.ts'
import { certificateFor, setFilesStage } from './mounted-files.ts'
import { releaseOn } from './release.ts'
import { type FaultStage, NAMES, secondsUntil, setFaultStage } from './stage.ts'

/** So short that each is renewed again and again by itself; what makes the next one has a third of it. */
const CERTIFICATE_LIFE_S = 24

const skip = skipUnless('kubernetes', 'kubectl', 'helm')
const stage = skip
  ? undefined
  : await setFaultStage(t, {
      flags: ['--authority-life=2h', `--certificate-life=${CERTIFICATE_LIFE_S}s`, '--drain=3s'],
    })
const real = (): FaultStage => {
  if (stage === undefined) throw new TypeError('skipped')
  return stage
}

const HOUR = 3_600_000
const release = () => releaseOn(real().live)

const served = ({ log }: Replica): readonly string[] =>
  log()
    .filter(({ msg }) => msg === 'serving certificate replaced')
    .map(({ serialNumber }) => String(serialNumber))
const all = (): readonly Replica[] => real().replicas.all
const first = (): Replica => {
  const [replica] = all()
  if (replica === undefined) throw new TypeError('no replica')
  return replica
}
const untilReady = () => Promise.all(all().map(replica => replica.untilReady(60_000)))

/** Spoils the Secret under load; answers how long it stayed so. */
const spoiled = async (t: Tap, spoil: () => Promise<unknown>): Promise<string> => {
  const before = await release().held('tls.crt')
  let seconds = 0
  const told = await real().losingNothing(t, async () => {
    await spoil()
    seconds = await secondsUntil(
      'the authority is back',
      async () =>
        (await release().held('tls.crt')) === before &&
        (await release().held('tls.key')).includes('PRIVATE KEY') &&
        (await release().held('ca.crt')) !== '',
    )
  })
  t.ok(seconds < 5)
  t.equal(await release().held('tls.crt'), before)
  return `back after ${seconds} s; ${told}`
}
type Tap = Parameters<FaultStage['losingNothing']>[0]

/** Starts all replicas upon a Secret that holds this authority, and nobody who knows a better one. */
const startedUpon = async (authority: KeyPair): Promise<number> => {
  await Promise.all(all().map(replica => replica.kill()))
  const data = writeAuthority({ current: authority, next: undefined, former: [], switchedAt: 0 })
  await release().put({ ...data })
  await Promise.all(all().map(replica => replica.start()))
  const begin = performance.now()
  await untilReady()
  return Math.round((performance.now() - begin) / 100) / 10
}

const authorityOf = (now: number, days: number) =>
  createAuthority({ commonName: 'gloo-istio authority', days, now: new Date(now) })

proveFaults(
  t,
  CERTIFICATES,
  {
    'CERT-01': async t => {
      await Promise.all(all().map(replica => replica.kill()))
      await release().remove()
      await release().publish(null)
      const before = all().map(replica => served(replica).length)
      await Promise.all(all().map(replica => replica.start()))
      const begin = performance.now()
      await untilReady()
      const seconds = ((performance.now() - begin) / 1000).toFixed(1)
      t.ok(await release().publishes(await release().held('tls.crt')))
      const serials = all().flatMap((replica, at) => served(replica).slice(before[at]))
      t.ok(new Set(serials).size >= 3)
      return `one authority, ${new Set(serials).size} certificates, all ready after ${seconds} s`
    },
    'CERT-02': async t => {
      const before = all().map(replica => served(replica).length)
      const told = await real().losingNothing(t, () =>
        secondsUntil(
          'each has another',
          async () => all().every((replica, at) => served(replica).length > (before[at] ?? 0)),
          60,
        ),
      )
      return `each of three renewed; ${told}`
    },
    'CERT-03': async t => {
      const old = await release().held('tls.crt')
      let overlap = 0
      const told = await real().losingNothing(t, async () => {
        await release().rotate()
        await secondsUntil('two are trusted', async () =>
          (await release().published()).every(bundle => bundle.length === 2),
        )
        t.equal(await release().held('tls.crt'), old, 'the old one signs')
        overlap = await secondsUntil(
          'the new one alone is trusted',
          async () =>
            (await release().held('tls.crt')) !== old &&
            release().publishes(await release().held('tls.crt')),
          90,
        )
      })
      return `both trusted for ${overlap} s; ${told}`
    },
    'CERT-04': t => spoiled(t, () => release().remove()),
    'CERT-05': t =>
      spoiled(t, async () =>
        release().put({ 'tls.crt': (await release().held('tls.crt')).slice(0, 400) }),
      ),
    'CERT-06': t =>
      spoiled(t, async () =>
        release().put({ 'tls.key': (await authorityOf(Date.now(), 1)).keyPem }),
      ),
    'CERT-07': async t => {
      const old = await release().held('tls.crt')
      const told = await real().losingNothing(t, async () => {
        await first().stop()
        await release().put({ 'tls.crt': null, 'tls.key': null, 'ca.crt': null })
        await first().start()
        await first().untilReady(60_000)
        t.ok((await release().published()).every(bundle => bundle.includes(old)))
      })
      return `the old authority is trusted still; ${told}`
    },
    'CERT-08': async t => {
      const seconds = await startedUpon(await authorityOf(Date.now() - 48 * HOUR, 1))
      t.ok(seconds < 60)
      return `all ready after ${seconds} s; ${await real().losingNothing(t, () => sleep(500))}`
    },
    'CERT-09': async t => {
      const seconds = await startedUpon(await authorityOf(Date.now() + 48 * HOUR, 400))
      t.ok(seconds < 60)
      return `all ready after ${seconds} s; ${await real().losingNothing(t, () => sleep(500))}`
    },
    'CERT-10': async t => {
      const wanted = certificatesIn(await release().held('ca.crt'))
      const writer = real().write()
      await writer.untilWritten(20)
      await release().publish(null)
      const seconds = await secondsUntil('it is back', () => release().publishes(...wanted))
      await writer.untilWritten(100)
      const { uninjected, failed, written } = await writer.stop()
      t.ok(seconds < 2)
      t.strictSame(uninjected, [])
      t.ok(
        [...failed.keys()].every(said => /failed calling webhook.*x509/.test(said)),
        [...failed.keys()].join(),
      )
      const refused = [...failed.values()].reduce((sum, count) => sum + count, 0)
      return `back after ${seconds} s; ${written} writes stored and injected, ${refused} refused meanwhile`
    },
    'CERT-11': async t => {
      const wanted = certificatesIn(await release().held('ca.crt'))
      await release().publish((await authorityOf(Date.now(), 1)).certPem)
      const seconds = await secondsUntil('ours is back', () => release().publishes(...wanted))
      t.ok(seconds < 2)
      return `ours alone after ${seconds} s`
    },
    'CERT-12': async t => {
      const before = await release().held('tls.crt')
      const told = await real().losingNothing(t, async () => {
        for (const jump of [HOUR, -HOUR, 400 * 24 * HOUR, -400 * 24 * HOUR, 0]) {
          first().order({ do: 'shift-clock', milliseconds: jump })
          await sleep(3_000)
          t.ok(await first().isReady(), `ready ${jump / HOUR} hours off`)
        }
      })
      t.equal(await release().held('tls.crt'), before)
      return `ready all the time, the same authority; ${told}`
    },
    'CERT-13': async t => {
      const before = served(first()).length
      first().freeze()
      await sleep((CERTIFICATE_LIFE_S + 2) * 1_000)
      first().thaw()
      const seconds = await secondsUntil(
        'another is served',
        async () => served(first()).length > before,
      )
      t.ok(seconds < 5)
      await first().untilReady(10_000)
      return `another served after ${seconds} s; ${await real().losingNothing(t, () => sleep(500))}`
    },
    'CERT-14': async t => {
      const role = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMES.namespace}/roles/gloo-istio`
      const { rules } = await real().live.api.request({ path: role })
      const before = await release().held('tls.crt')
      t.teardown(() => release().change(role, { rules }))
      await release().change(role, {
        rules: items(rules).filter(rule => !items(fieldAt(rule, 'resources')).includes('secrets')),
      })
      const told = await real().losingNothing(t, async () => {
        await release().rotate()
        await secondsUntil('the log says so', async () =>
          all().some(({ log }) =>
            log().some(
              ({ msg, err }) =>
                msg === 'certificate not renewed' && /forbidden/.test(JSON.stringify(err)),
            ),
          ),
        )
      })
      t.equal(await release().held('tls.crt'), before)
      await release().change(role, { rules })
      await secondsUntil(
        'another is made',
        async () => (await release().held('tls.crt')) !== before,
        60,
      )
      return `the log tells of it; ${told}; replaced once it was allowed`
    },
    'CERT-15': async t => {
      const before = all().map(replica => served(replica).length)
      const { controlPlane } = real()
      await controlPlane.halt()
      try {
        await secondsUntil(
          'each has another',
          async () => all().every((replica, at) => served(replica).length > (before[at] ?? 0)),
          60,
        )
      } finally {
        await controlPlane.resume()
      }
      return `each of three renewed; ${await real().losingNothing(t, () => sleep(500))}`
    },
    'CERT-16': async t => {
      const {
        first: old,
        write,
        inject,
        isReady,
        log,
        registration,
      } = await setFilesStage(t, real())
      const next = await certificateFor('127.0.0.1')
      const { serialNumber } = new X509Certificate(next.certPem)
      const isServed = () => log().some(line => line['serialNumber'] === serialNumber)
      write(next)
      await sleep(3_000)
      t.notOk(isServed(), 'not while the API server does not trust it')
      t.ok(await isReady())
      const { metadata } = await inject(old.caPem + next.caPem)
      const seconds = await secondsUntil('the next is served', async () => isServed())
      t.ok(await isReady())
      t.strictSame((await registration())['metadata'], metadata, 'nobody else wrote')
      return `served ${seconds} s after it was trusted, ready all the time`
    },
    'CERT-17': async t => {
      const { first: good, write, isReady, log } = await setFilesStage(t, real())
      const other = await certificateFor('127.0.0.1')
      const spoilt = [
        [{ ...good, keyPem: other.keyPem }, /tls.key is not the key of .*tls.crt/],
        [{ ...good, certPem: good.certPem.slice(0, 300) }, /tls.crt holds no usable PEM/],
        [await certificateFor('other.example.com'), /tls.crt is not for 127.0.0.1/],
        [
          await certificateFor('127.0.0.1', new Date('2010-01-01')),
          /tls.crt is valid from .* not now/,
        ],
      ] as const
      for (const [files, said] of spoilt) {
        write(files)
        await secondsUntil(`the log says ${said}`, async () =>
          log().some(
            ({ msg, err }) =>
              msg === 'certificate not renewed' && said.test(textAt(err, 'message')),
          ),
        )
        t.ok(await isReady())
      }
      t.equal(log().filter(({ msg }) => msg === 'serving certificate replaced').length, 1)
      return `${spoilt.length} pairs refused by name, ready all the time`
    },
    'CERT-18': async t => {
      const { unbelieved, made, switches, seconds } = await liveTenYears()
      t.equal(unbelieved, 0)
      t.equal(switches, 14)
      t.ok(seconds < allowed(60))
      return `${made} certificates, ${switches} authorities, none refused, in ${Math.round(seconds)} s`
    },
  },
  { skip, restore: () => real().restore() },
)
