import { t } from 'tap'
import { parse } from 'yaml'
import { type Listing, printListing } from '../../src/cli/output.ts'

const LISTING: Listing = {
  kind: 'meshes',
  head: ['name', 'istio'],
  more: ['message'],
  rows: [
    { cells: ['a', ''], more: ['fine'], name: 'mesh/a', item: { name: 'a' } },
    { cells: ['b', '1.22.3'], name: 'mesh/b', item: { name: 'b' } },
  ],
}
const ITEMS = { meshes: [{ name: 'a' }, { name: 'b' }] }

t.test('a table has the cells, and wide some more', async t => {
  t.equal(printListing(LISTING, 'table'), 'NAME  ISTIO\na     -\nb     1.22.3\n')
  const [head, first] = printListing(LISTING, 'wide').split('\n')
  t.equal(head, 'NAME  ISTIO   MESSAGE')
  t.equal(first, 'a     -       fine')
})

t.test('a list without more to tell is the same when it is wide', async t => {
  const { kind, head, rows } = LISTING
  const plain = { kind, head, rows: rows.slice(1) }
  t.equal(printListing(plain, 'wide'), printListing(plain, 'table'))
})

t.test('JSON and YAML are the items, names a line each', async t => {
  t.strictSame(JSON.parse(printListing(LISTING, 'json')), ITEMS)
  t.strictSame(parse(printListing(LISTING, 'yaml')), ITEMS)
  t.equal(printListing(LISTING, 'name'), 'mesh/a\nmesh/b\n')
})
