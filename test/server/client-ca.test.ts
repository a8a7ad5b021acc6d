import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { t } from 'tap'
import { createAuthority } from '../../src/certs/authority.ts'
import { ClientCaError, openClientCa } from '../../src/server/client-ca.ts'
import { until } from '../harness/informed.ts'

const make = async (commonName: string) =>
  (await createAuthority({ commonName, days: 1, now: new Date() })).certPem
const [first, second] = [await make('a'), await make('b')]

/** All at once, as a mounted Secret changes. */
const replace = async (file: string, pem: string) => {
  await writeFile(`${file}.new`, pem)
  await rename(`${file}.new`, file)
}

const opened = async (t: {
  readonly testdir: (files: Record<string, string>) => string
  readonly teardown: (end: () => unknown) => void
}) => {
  const file = join(t.testdir({ 'ca.pem': first }), 'ca.pem')
  const errors: unknown[] = []
  const ca = await openClientCa({ file, interval: 10, onError: error => errors.push(error) })
  t.teardown(ca.close)
  const heard: string[] = []
  ca.onChange(pem => heard.push(pem))
  return { file, ca, heard, errors }
}

t.test('a file that changes is read again, once', async t => {
  const { file, ca, heard, errors } = await opened(t)
  t.equal(ca.current(), first)
  await replace(file, first)
  await replace(file, first + second)
  await until('the new authority is told', () => heard.length > 0)
  t.equal(ca.current(), first + second)
  await replace(file, second)
  await until('the next one is told', () => heard.length > 1)
  t.strictSame([heard.at(-1), errors], [second, []])
})

for (const [title, spoil] of [
  ['holds nothing', (file: string) => replace(file, '')],
  ['is gone', (file: string) => rm(file)],
] as const)
  t.test(`a file that ${title} is told of, and what was there stays`, async t => {
    const { file, ca, heard, errors } = await opened(t)
    await spoil(file)
    await until('the error is told', () => errors.length > 0)
    t.match(errors[0], {
      name: 'ClientCaError',
      message: /--client-ca-file .*ca\.pem cannot be used/,
    })
    t.equal(ca.current(), first)
    await replace(file, second)
    await until('the new authority is told', () => heard.length > 0)
    t.equal(ca.current(), second)
  })

t.test('there is no beginning without one', async t => {
  const file = join(t.testdir({}), 'none.pem')
  const onError = () => t.fail('is thrown instead')
  await t.rejects(openClientCa({ file, interval: 10, onError }), ClientCaError)
})

t.test('once it is closed, nothing is read', async t => {
  const { file, ca, heard } = await opened(t)
  ca.close()
  await replace(file, second)
  await new Promise(resolve => setTimeout(resolve, 50))
  t.strictSame(heard, [])
})
