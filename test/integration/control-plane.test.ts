import { execFileSync } from 'node:child_process'
import { t } from 'tap'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'

const processesOf = (dir: string): string[] =>
  execFileSync('ps', ['-A', '-o', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes(dir))

await t.test('the control plane', { skip: skipUnless('kubernetes', 'kubectl') }, async t => {
  const dir = t.testdir()
  const controlPlane = await startControlPlane({ dir })
  t.teardown(() => controlPlane.stop())

  await t.test('answers kubectl as a cluster administrator', async t => {
    const { stdout, stderr, code } = await controlPlane.kubectl('get', 'ns', '-o', 'name')
    t.equal(code, 0, stderr)
    t.match(stdout, /^namespace\/default$/m)
  })

  await t.test('is of the version that it was built from', async t => {
    const { stdout } = await controlPlane.kubectl('get', '--raw', '/version')
    t.match(JSON.parse(stdout), { major: /^\d+$/, gitVersion: /^v\d+\.\d+\.\d+$/ })
  })

  await t.test('reports what kubectl refuses', async t => {
    const { stderr, code } = await controlPlane.kubectl('get', 'ns', 'no-such-namespace')
    t.equal(code, 1)
    t.match(stderr, /NotFound/)
  })

  await t.test('leaves no process behind when it is stopped', async t => {
    t.equal(processesOf(dir).length, 2)
    await controlPlane.stop()
    t.same(processesOf(dir), [])
  })
})

await t.test(
  'a control plane that cannot start says why',
  {
    skip: skipUnless('kubernetes', 'kubectl'),
  },
  async t => {
    const dir = t.testdir()
    const extraArgs = ['--no-such-flag']
    await t.rejects(startControlPlane({ dir, extraArgs }), { message: /no-such-flag/ })
    t.same(processesOf(dir), [])
  },
)
