import { t } from 'tap'
import { memoryStore, NOTHING_STORED } from '../../src/certs/authority-store.ts'

t.test('the memory takes a write over the newest version alone', async t => {
  const store = memoryStore()
  t.strictSame(store.stored(), NOTHING_STORED)
  t.ok(await store.write({ a: '1' }, NOTHING_STORED))
  t.notOk(await store.write({ a: '2' }, NOTHING_STORED))
  const stored = store.stored() ?? NOTHING_STORED
  t.strictSame(stored.data, { a: '1' })
  t.ok(await store.write({ a: '3' }, stored))
  store.close()
})
