import { type Test, t } from 'tap'
import { title } from '../parts/parts.ts'
import { beginLife, comeAlive, passAway, skipLife, writtenInto } from './life.ts'
import { type HelmName, releaseOf } from './release.ts'

const skip = skipLife('helm', 'helm3')
await t.test(`from ${title('helm3')} to ${title('helm')}`, { skip }, async t => {
  const life = await beginLife(t)
  const release = releaseOf(life.cluster, 'taken-over', 'mesh')
  const kept = await comeAlive(t, life, release, 'helm3')
  /** Has one Helm or the other change a value; what processes wrote stays. */
  const change = async (t: Test, seconds: number, helm: HelmName, ...flags: readonly string[]) => {
    await release.helm(helm, 'upgrade', `--set=webhook.timeoutSeconds=${seconds}`, ...flags)
    t.strictSame(await release.timeouts(), [seconds, seconds, seconds])
    t.strictSame(await writtenInto(release), kept)
  }

  await t.test('Helm 4 takes over, by its own way to write, without a conflict', async t => {
    await change(t, 6, 'helm', '--server-side=true')
    await change(t, 7, 'helm')
    t.strictSame(await release.ownersOfBundles(), ['gloo-istio'])
  })

  await t.test('Helm 4 goes back to what Helm 3 installed', async t => {
    await release.helm('helm', 'rollback', '1')
    t.strictSame(await release.timeouts(), [5, 5, 5])
    t.strictSame(await writtenInto(release), kept)
  })

  await t.test('Helm 3 goes on after Helm 4', t => change(t, 8, 'helm3'))

  await t.test('Helm 4 leaves nothing of it', t => passAway(t, life, release, 'helm'))
})
