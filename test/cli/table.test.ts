import { t } from 'tap'
import { asTable, linesOf } from '../../src/cli/table.ts'

t.test('a table has a line for its head and for each row, in columns', async t => {
  const rows = [
    ['default', 'a', '1'],
    ['istio-system', 'longer', '22'],
  ]
  t.equal(
    asTable(['namespace', 'name', 'count'], rows),
    ['NAMESPACE     NAME    COUNT', 'default       a       1', 'istio-system  longer  22', ''].join(
      '\n',
    ),
  )
})

t.test('a table without rows is its head', async t => {
  t.equal(asTable(['name', 'count'], []), 'NAME  COUNT\n')
})

t.test('no line ends with blanks, whatever is empty', async t => {
  for (const line of asTable(
    ['a', 'b'],
    [
      ['x', ''],
      ['longer', ''],
    ],
  ).split('\n'))
    t.equal(line, line.trimEnd())
})

t.test('it has no colours, wherever it goes', async t =>
  t.notOk(asTable(['a'], [['b']]).includes(String.fromCharCode(27))),
)

t.test('what stands between columns can be chosen', async t => {
  t.strictSame(linesOf(['a', 'b'], [['c', 'd']], { middle: ' | ' }), ['a | b', 'c | d'])
})
