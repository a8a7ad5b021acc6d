import { t } from 'tap'
import { title } from '../parts/parts.ts'
import { beginLife, live, skipLife } from './life.ts'
import { releaseOf } from './release.ts'

await t.test(`a release of ${title('helm')}`, { skip: skipLife('helm') }, async t => {
  const life = await beginLife(t)
  await live(t, life, 'helm')

  await t.test('an uninstall without hooks leaves nothing either', async t => {
    const release = releaseOf(life.cluster, 'unhooked', 'mesh')
    await release.helm('helm', 'install')
    const before = life.lastHook()
    await release.helm('helm', 'uninstall', '--no-hooks')
    t.equal(life.lastHook(), before)
    t.strictSame(await release.objects(), [])
  })
})
