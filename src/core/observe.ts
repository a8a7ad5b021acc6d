import { podSpecOf } from './additions.ts'
import { bootstrapText } from './bootstrap.ts'
import { envoyContainerOf, hasWholeSidecar, isGatewayProxy } from './gateway-proxy.ts'
import { field, fieldAt, items, textAt } from './json.ts'
import { versionOfImage } from './proxy-image.ts'
import { remembered } from './remembered.ts'
import type { Facts, JsonObject } from './types.ts'
import { numbersIn, parseVersion, type Version } from './version.ts'

/**
 * The facts, with what a set of objects tells of their Gloo: its version from the images of the
 * proxies, auto-mTLS from Settings, sidecars and bootstraps. What the operator told goes first.
 */
export const withSeen = (facts: Facts, objects: readonly JsonObject[]): Facts => {
  const proxies = objects.filter(object => isWorkload(object) && isGatewayProxy(object))
  const { gloo } = facts
  return {
    ...facts,
    gloo: {
      ...gloo,
      version: gloo.version ?? agreedVersion(proxies.map(versionOfProxy)),
      autoMtls:
        gloo.autoMtls === 'disabled' && objects.some(hasAutoMtls) ? 'enabled' : gloo.autoMtls,
      sidecarOnGateway:
        gloo.sidecarOnGateway || (proxies.length > 0 && proxies.every(hasWholeSidecar)),
      bootstrapCluster: gloo.bootstrapCluster || haveBootstraps(proxies, objects, facts),
    },
  }
}

/**
 * The Gloo that serves the Upstreams and bootstraps of a namespace: what the operator told, else what
 * the proxies there run. Those of other namespaces have no say: anyone may label a Deployment.
 */
export const glooVersionIn = remembered(
  ({ gloo, glooSeen }: Facts, namespace: string): Version | undefined =>
    parseVersion(gloo.version ?? textAt(glooSeen, namespace)),
)

/** The Gloo that a proxy's image tells of; undefined for anything that is no proxy. */
export const versionOfProxy = (object: JsonObject): string | undefined =>
  isWorkload(object) && isGatewayProxy(object)
    ? numbersIn(versionOfImage(textAt(envoyContainerOf(object), 'image')))
    : undefined

const isWorkload = (object: JsonObject): boolean =>
  ['Deployment', 'DaemonSet'].includes(textAt(object, 'kind'))

/** What proxies agree on: those of several versions tell of none. */
export const agreedVersion = (versions: readonly (string | undefined)[]): string | undefined => {
  const [only, ...others] = new Set(versions)
  return others.length === 0 ? only : undefined
}

/** The version of each namespace whose proxies agree on one. */
export const agreedByNamespace = (
  proxies: readonly { readonly namespace: string; readonly version: string }[],
): Readonly<Record<string, string>> => {
  const groups = Map.groupBy(proxies, ({ namespace }) => namespace)
  const agreed = [...groups].flatMap(([namespace, all]) => {
    const version = agreedVersion(all.map(proxy => proxy.version))
    return version === undefined ? [] : [[namespace, version] as const]
  })
  return Object.fromEntries(agreed)
}

/** gloo@v1.17.0:install/helm/gloo/templates/1-gloo-settings.yaml */
const hasAutoMtls = (object: JsonObject): boolean => {
  const options = fieldAt(object, 'spec', 'gloo', 'istioOptions')
  const isOn = ['enableAutoMtls', 'enableIntegration'].every(key => field(options, key) === true)
  return textAt(object, 'kind') === 'Settings' && isOn
}

/** Whether the ConfigMap of each proxy is among the objects, so that it is extended with them. */
const haveBootstraps = (
  proxies: readonly JsonObject[],
  objects: readonly JsonObject[],
  { readBootstrap }: Facts,
): boolean => {
  const readable = objects.filter(object => readBootstrap(bootstrapText(object)?.text ?? ''))
  const names = readable.map(object => textAt(object, 'metadata', 'name'))
  const configMapOf = (proxy: JsonObject) =>
    items(field(podSpecOf(proxy), 'volumes'))
      .filter(volume => field(volume, 'name') === 'envoy-config')
      .map(volume => textAt(volume, 'configMap', 'name'))
  return proxies.length > 0 && proxies.every(p => configMapOf(p).some(name => names.includes(name)))
}
