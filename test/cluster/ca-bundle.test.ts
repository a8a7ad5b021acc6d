import { t } from 'tap'
import { CaBundlePublisher } from '../../src/cluster/ca-bundle.ts'

const publisherWith = (publish: (caPem: string) => Promise<boolean>) => {
  const said: string[] = []
  const slept: number[] = []
  const publisher = new CaBundlePublisher({
    publish,
    onPublished: wrote => said.push(`published ${wrote}`),
    onFailure: (error, seconds) => said.push(`${String(error)}, again in ${seconds}`),
    sleep: async milliseconds => slept.push(milliseconds),
  })
  return { publisher, said, slept }
}

t.test('it tries until it works, waiting longer each time', async t => {
  let failures = 7
  const { publisher, said, slept } = publisherWith(async () => {
    if (failures-- > 0) throw new TypeError('away')
    return true
  })
  t.notOk(publisher.isPublished)
  await publisher.publish('CA')
  t.ok(publisher.isPublished)
  t.strictSame(slept, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  t.equal(said.at(-1), 'published true')
  t.equal(said[0], 'TypeError: away, again in 1')
})

t.test('a newer bundle takes the place of one on its way', async t => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const seen: string[] = []
  const { publisher, said } = publisherWith(caPem => {
    seen.push(caPem)
    return caPem === 'old' ? promise : Promise.resolve(false)
  })
  const old = publisher.publish('old')
  await publisher.publish('new')
  resolve(true)
  await old
  t.strictSame(seen, ['old', 'new'])
  t.strictSame(said, ['published false'])
})

t.test('closing ends the attempts', async t => {
  const { publisher, slept } = publisherWith(async () => {
    publisher.close()
    throw new TypeError('away')
  })
  await publisher.publish('CA')
  t.notOk(publisher.isPublished)
  t.equal(slept.length, 1)
})
