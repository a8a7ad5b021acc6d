import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { manifest, must } from '../demo/stage.ts'
import { type ControlPlane, startControlPlane } from '../parts/control-plane.ts'
import { type PartName, skipUnless } from '../parts/parts.ts'
import { type HookRun, startHookRunner } from '../stand-ins/hook-runner.ts'
import { LOOPBACK_SERVICES, startWebhookPod, type WebhookPod } from '../stand-ins/webhook-pod.ts'
import { type HelmName, type Release, releaseOf } from './release.ts'

/** A cluster in which hooks and the pods of a release run. */
export interface Life {
  readonly cluster: ControlPlane
  /** What the last Pod or Job of a hook came to. */
  readonly lastHook: () => HookRun | undefined
  /** Starts the process of a release; with that of before, if there is one, stopped. */
  readonly startPod: (release: Release) => Promise<void>
  readonly stopPod: () => Promise<void>
}

/** Why nothing can live here, or false. */
export const skipLife = (...helms: readonly PartName[]): string | false =>
  skipUnless('kubernetes', 'kubectl', ...helms) ||
  (process.getuid?.() !== 0 && 'listening on port 443, as the chart’s Service has it, takes root')

export const beginLife = async (t: Test): Promise<Life> => {
  const dir = t.testdir({ pods: {} })
  const pods = join(dir, 'pods')
  mkdirSync(pods, { recursive: true })
  const extraArgs = [LOOPBACK_SERVICES]
  const cluster = await startControlPlane({ dir: join(dir, 'cluster'), extraArgs })
  const hooks = startHookRunner({ controlPlane: cluster, dir: pods })
  let pod: WebhookPod | undefined
  const stopPod = async (): Promise<void> => {
    await pod?.stop()
    pod = undefined
  }
  t.teardown(async () => {
    await stopPod()
    await hooks.stop()
    await cluster.stop()
  })
  await must(cluster, 'apply', '-f', manifest('upstream-crd'))
  const startPod = async (release: Release): Promise<void> => {
    await stopPod()
    pod = await startWebhookPod(cluster, release, pods)
  }
  return { cluster, lastHook: () => hooks.runs.at(-1), startPod, stopPod }
}

const isPublished = (bundles: readonly unknown[]): boolean =>
  bundles.length > 1 && bundles.every(bundle => bundle !== undefined && bundle === bundles[0])

/** What processes wrote into what Helm made. */
export const writtenInto = async (release: Release) => ({
  bundles: await release.bundles(),
  authority: await release.authority(),
})

/** Installs a release, which registers nothing that nobody vouches for, and starts its process, which does. */
export const comeAlive = async (t: Test, life: Life, release: Release, helm: HelmName) => {
  await release.helm(helm, 'install', '--create-namespace')
  t.strictSame(await writtenInto(release), {
    bundles: [undefined, undefined, undefined],
    authority: undefined,
  })
  await life.startPod(release)
  const kept = await writtenInto(release)
  t.ok(isPublished(kept.bundles))
  t.ok(kept.authority)
  return kept
}

/** An uninstall takes the webhook out of the way first, and leaves nothing; nor does a process that outlives it. */
export const passAway = async (t: Test, life: Life, release: Release, helm: HelmName) => {
  await release.helm(helm, 'uninstall')
  t.match(life.lastHook(), { name: /-uninstall$/, code: 0, stdout: / deleted$/ })
  t.strictSame(await release.objects(), [])
  await life.stopPod()
  t.strictSame(await release.objects(), [])
}

/** Objects without what only time adds: revisions of Helm, and the Lease of whoever came to lead. */
const shapeOf = ({ fullName }: Release, objects: readonly string[]): readonly string[] =>
  objects
    .filter(line => !/^(Lease|Secret sh\.helm)/.test(line))
    .map(line => line.replace(fullName, ''))

/** The life of a release, each step on top of the one before. */
export const live = async (t: Test, life: Life, helm: HelmName): Promise<void> => {
  const release = releaseOf(life.cluster, `${helm}-edge`, 'mesh')
  const written = () => writtenInto(release)
  let kept: Awaited<ReturnType<typeof written>>

  await t.test('an installation comes alive', async t => {
    kept = await comeAlive(t, life, release, helm)
  })

  await t.test('helm test has an Upstream filled', async t => {
    await release.helm(helm, 'test')
    const stdout = /^spec\.sslConfig was filled/
    t.match(life.lastHook(), { name: /-check-test$/, code: 0, stdout })
  })

  await t.test(
    'an upgrade changes what it is told to, and nothing that was written since',
    async t => {
      await release.helm(helm, 'upgrade', '--set=webhook.timeoutSeconds=7,stage=warn')
      t.strictSame(await release.timeouts(), [7, 7, 7])
      t.strictSame(await written(), kept)
    },
  )

  await t.test('helm test is content with an answer where nothing is to be changed', async t => {
    await life.startPod(release)
    await release.helm(helm, 'test')
    t.match(life.lastHook(), { code: 0, stdout: /would be done .*\[StageWarn\]/ })
  })

  await t.test('a rollback changes it back, and nothing else', async t => {
    await release.helm(helm, 'rollback', '1')
    t.strictSame(await release.timeouts(), [5, 5, 5])
    t.strictSame(await written(), kept)
  })

  await t.test('the same release again is refused; another comes and goes beside it', async t => {
    t.match(await release.tryHelm(helm, 'install'), {
      code: 1,
      stderr: /cannot re-?use a name/,
    })
    const before = await release.objects()
    const other = releaseOf(life.cluster, `${helm}-other`, release.namespace)
    await other.helm(helm, 'install')
    t.strictSame(shapeOf(other, await other.objects()), shapeOf(release, before))
    await other.helm(helm, 'uninstall')
    t.strictSame(await other.objects(), [])
    t.strictSame(await release.objects(), before)
    t.strictSame(await written(), kept)
  })

  await t.test('helm test fails when nobody answers, and says what to look at', async t => {
    await release.helm(helm, 'upgrade', '--set=hooks.check.timeout=2s')
    await life.stopPod()
    t.not((await release.tryHelm(helm, 'test')).code, 0)
    t.match(life.lastHook(), { code: 1, stderr: /nobody answered [\s\S]*caBundle/ })
    await release.helm(helm, 'upgrade')
    await life.startPod(release)
    await release.helm(helm, 'test')
  })

  await t.test('an uninstall leaves nothing', t => passAway(t, life, release, helm))
}
