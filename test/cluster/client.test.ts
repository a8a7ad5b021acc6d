import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { connect } from '../../src/cluster/client.ts'

const file = (name: string, contexts: readonly string[], current?: string): string => {
  const path = join(dir, name)
  const clusters = ['a', 'b'].map(of => ({
    name: of,
    cluster: { server: `https://${of}.example.com` },
  }))
  writeFileSync(
    path,
    JSON.stringify({
      clusters,
      users: [{ name: 'me', user: { token: 'x' } }],
      contexts: contexts.map(of => ({ name: of, context: { cluster: of, user: 'me' } })),
      ...(current && { 'current-context': current }),
    }),
  )
  return path
}
const dir = t.testdir()
const both = file('both', ['a', 'b'], 'a')

t.test('the current context of a file is taken, or the one that is named', async t => {
  t.equal(connect(both).getCurrentCluster()?.server, 'https://a.example.com')
  t.equal(connect(both, 'b').getCurrentCluster()?.server, 'https://b.example.com')
})

t.test('without a file KUBECONFIG tells', async t => {
  const before = process.env['KUBECONFIG']
  t.teardown(() => {
    if (before === undefined) delete process.env['KUBECONFIG']
    else process.env['KUBECONFIG'] = before
  })
  process.env['KUBECONFIG'] = both
  t.equal(connect(undefined, 'b').getCurrentCluster()?.server, 'https://b.example.com')
})

t.test('a context that is not there is told, with those that are', async t => {
  t.throws(() => connect(both, 'c'), { message: 'it has no context c; it has: a, b' })
  t.throws(() => connect(file('none', []), 'c'), { message: 'it has no context c; it has: none' })
})

t.test('a file that is not there is told', async t => {
  t.throws(() => connect(join(dir, 'gone')), { code: 'ENOENT' })
})
