import type { Form } from '../../src/core/form.ts'
import type { Mode } from '../../src/core/matrix.ts'
import { type GatewayProxy, userOf } from '../../src/core/proxy.ts'
import type { Mesh } from '../../src/core/types.ts'
import { parseVersion } from '../../src/core/version.ts'
import { mesh } from './build.ts'

/** The form of mesh team-a.istio in some mode, whether the versions go with it or not. */
export const formFor = (
  mode: Mode,
  gloo: string,
  istioVersion: string | undefined,
  more: Partial<Form> = {},
): Form => ({
  mesh: mesh('team-a.istio', { istioVersion }),
  mode,
  pair: { gloo: parseVersion(gloo), istio: parseVersion(istioVersion) },
  slot: 0,
  clusterDomain: 'cluster.local',
  ...more,
})

/** The same on Gloo 1.22.1. */
export const formOn = (
  mode: Mode,
  istioVersion: string,
  more: Partial<Mesh> = {},
  slot = 0,
): Form =>
  formFor(mode, '1.22.1', istioVersion, {
    mesh: mesh('team-a.istio', { istioVersion, ...more }),
    slot,
  })

/** A proxy of Gloo 1.22.1 as its chart has it. */
export const proxyWith = (more: Partial<GatewayProxy> = {}): GatewayProxy => ({
  container: 'gateway-proxy',
  secret: 'istio.gateway-proxy',
  gloo: parseVersion('1.22.1'),
  imageSays: parseVersion('1.22.1'),
  image: 'quay.io/solo-io/gloo-envoy-wrapper:1.22.1',
  sdsImage: 'quay.io/solo-io/sds:1.22.1',
  user: 10_101,
  hasFsGroup: true,
  hasEnvoyConfig: true,
  hostNetwork: false,
  glooSds: undefined,
  reader: readerIn(more),
  ...more,
})

const readerIn = (more: Partial<GatewayProxy>) => {
  const runAsUser = 'user' in more ? more.user : 10_101
  return userOf(more.glooSds ?? {}, { securityContext: { runAsUser } })
}
