import type { JsonObject } from '../../src/core/types.ts'
import { manifest, must } from '../demo/stage.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { connectTo, GLOO_SYSTEM, istiod, namespace } from './live.ts'

type Tap = { readonly teardown: (end: () => unknown) => void; readonly testdir: () => string }

/** A real API server with Gloo's Upstreams and one Istio, and these objects; it ends with the tests. */
export const setStage = async (t: Tap, objects: readonly JsonObject[]) => {
  const dir = t.testdir()
  const controlPlane = await startControlPlane({
    dir: `${dir}/control-plane`,
    // Nobody makes the ServiceAccounts that pods would need; and thousands of objects are made at once.
    extraArgs: [
      '--disable-admission-plugins=ServiceAccount',
      '--max-mutating-requests-inflight=400',
    ],
  })
  t.teardown(() => controlPlane.stop())
  const live = connectTo(controlPlane)
  t.teardown(() => live.api.close())
  await must(controlPlane, 'apply', '-f', manifest('upstream-crd'))
  for (const object of [namespace(GLOO_SYSTEM), ...istiod('1.22.3'), ...objects])
    await live.create(object)
  return { dir, controlPlane, live }
}
