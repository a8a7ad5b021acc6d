import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { CertificateError, fileSource } from '../../src/certs/file-source.ts'
import { generatedSource } from '../../src/certs/generated-source.ts'
import type { ServingCertificate } from '../../src/certs/source.ts'

const make = async () => (await generatedSource(['localhost'], new Date())).current()
const [first, second] = [await make(), await make()]

const filesIn = (directory: string) => ({
  certFile: join(directory, 'tls.crt'),
  keyFile: join(directory, 'tls.key'),
  caFile: join(directory, 'ca.crt'),
})

const write = (directory: string, { certPem, keyPem, caPem }: ServingCertificate) => {
  const files = filesIn(directory)
  writeFileSync(files.certFile, certPem)
  writeFileSync(files.keyFile, keyPem)
  writeFileSync(files.caFile, caPem)
  return files
}

// The source alone keeps no process alive.
const alive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(alive))

const quiet = { interval: 5, onError: () => {} }

t.test('new files are taken, once', async t => {
  const directory = t.testdir()
  const source = await fileSource({ ...write(directory, first), ...quiet })
  t.teardown(source.close)
  const seen: ServingCertificate[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  source.onChange(certificate => {
    seen.push(certificate)
    resolve()
  })
  t.strictSame(source.current(), first)
  write(directory, second)
  await promise
  await sleep(50)
  t.strictSame(seen, [second])
  t.strictSame(source.current(), second)
})

t.test('files that do not fit are reported and not taken', async t => {
  const directory = t.testdir()
  const { promise, resolve } = Promise.withResolvers<Error>()
  const source = await fileSource({ ...write(directory, first), interval: 5, onError: resolve })
  t.teardown(source.close)
  write(directory, { ...first, keyPem: second.keyPem })
  t.match(await promise, { message: /tls.key is not the key of .*tls.crt: give a matching pair/ })
  t.strictSame(source.current(), first)
})

const broken: readonly [string, Partial<ServingCertificate>, RegExp][] = [
  ['a certificate', { certPem: 'x' }, /tls.crt holds no usable PEM/],
  ['a key', { keyPem: 'x' }, /tls.key holds no usable PEM/],
  ['a CA', { caPem: '' }, /ca.crt holds no usable PEM/],
]
for (const [title, part, message] of broken)
  t.test(`${title} that is no PEM is refused by name`, async t => {
    const files = write(t.testdir(), { ...first, ...part })
    await t.rejects(fileSource({ ...files, ...quiet }), { name: 'CertificateError', message })
  })

t.test('a file that is not there is refused by name', async t => {
  await t.rejects(fileSource({ ...filesIn(t.testdir()), ...quiet }), CertificateError)
})
