import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

const now = () => Date.now()
const quiet = { now, onError: () => {} }

t.test('new files are taken, once', async t => {
  const directory = t.testdir()
  const source = await fileSource({ ...write(directory, first), ...quiet })
  t.teardown(source.close)
  const seen: (ServingCertificate | undefined)[] = []
  source.onChange(certificate => seen.push(certificate))
  t.strictSame(source.current(), first)
  write(directory, second)
  await source.check()
  await source.check()
  t.strictSame(seen, [second])
  t.strictSame(source.current(), second)
})

t.test('new files are noticed without being asked for', async t => {
  const directory = t.testdir()
  const source = await fileSource({ ...write(directory, first), ...quiet })
  t.teardown(source.close)
  const { promise, resolve } = Promise.withResolvers<ServingCertificate>()
  source.onChange(resolve)
  write(directory, second)
  t.strictSame(await promise, second)
})

t.test('a Secret that is swapped by symlink, as the kubelet does it, is noticed', async t => {
  const directory = t.testdir({ one: {}, two: {} })
  write(join(directory, 'one'), first)
  write(join(directory, 'two'), second)
  symlinkSync('one', join(directory, '..data'))
  for (const name of ['tls.crt', 'tls.key', 'ca.crt'])
    symlinkSync(join('..data', name), join(directory, name))
  const source = await fileSource({ ...filesIn(directory), ...quiet })
  t.teardown(source.close)
  symlinkSync('two', join(directory, '..data_tmp'))
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
  await source.check()
  t.strictSame(source.current(), second)
})

t.test('a certificate that is over is not taken in the place of one that is good', async t => {
  const directory = t.testdir()
  const over = (await generatedSource(['localhost'], new Date('2010-01-01'))).current()
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const source = await fileSource({ ...write(directory, first), now, onError: resolve })
  t.teardown(source.close)
  write(directory, over)
  t.match(await promise, {
    message: /valid from Dec 31 .* 2009 GMT to .* 2019 GMT, not now: renew/,
  })
  t.strictSame(source.current(), first)
})

t.test('nor is one for another name, unless the one in use is, too', async t => {
  const other = (await generatedSource(['other.example.com'], new Date())).current()
  const errors: unknown[] = []
  const open = async (serverName: string) => {
    const directory = t.testdir()
    const files = write(directory, first)
    const onError = (error: unknown) => errors.push(error)
    const source = await fileSource({ ...files, serverName, now, onError })
    t.teardown(source.close)
    write(directory, other)
    await source.check()
    return source.current()
  }
  t.strictSame(await open('localhost'), first)
  t.match(errors[0], { message: /tls.crt is not for localhost: issue it for that name/ })
  t.strictSame(await open('third.example.com'), other)
})

t.test('what other replicas may still serve stays trusted, unless it is over', async t => {
  const over = (await generatedSource(['localhost'], new Date('2010-01-01'))).current()
  const source = await fileSource({ ...write(t.testdir(), first), ...quiet })
  t.teardown(source.close)
  t.strictSame(source.wanted([]), [first.caPem])
  t.strictSame(source.wanted([second.caPem, over.caPem, first.caPem]), [first.caPem, second.caPem])
})

t.test('a folder that cannot be watched is looked at all the same', async t => {
  const directory = t.testdir()
  const files = write(directory, first)
  const source = await fileSource({ ...files, ...quiet })
  t.teardown(source.close)
  rmSync(directory, { recursive: true })
  mkdirSync(directory)
  write(directory, second)
  await source.check()
  t.strictSame(source.current(), second)
})

t.test('files that do not fit are reported and not taken', async t => {
  const directory = t.testdir()
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const source = await fileSource({ ...write(directory, first), now, onError: resolve })
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
