import { portsOf, shown } from './ingress-port.ts'
import { textAt } from './json.ts'
import { type Ingress, type IngressUrl, urlOfIngress, type Wanted } from './mesh-ingress.ts'
import { meshesCarried } from './meshes-carried.ts'
import type { Facts, JsonObject } from './types.ts'

/** A port of a gateway, and where it is reached; or why it is not, and what to do. */
export type ReachedPort = { readonly port: string } & IngressUrl

/** A Service that leads to proxies of Gloo, as data. */
export interface IngressReport {
  readonly namespace: string
  readonly name: string
  readonly type: string
  /** `Deployment/gateway-proxy`, each that stands behind it. */
  readonly proxies: readonly string[]
  /** Those that every one of them carries. */
  readonly meshes: readonly string[]
  readonly ports: readonly ReachedPort[]
}

export const reportOnIngress = (
  ingress: Ingress,
  { proxies, facts }: { readonly proxies: readonly JsonObject[]; readonly facts: Facts },
  wanted: Omit<Wanted, 'port'>,
): IngressReport => {
  const { metadata, spec } = ingress.service
  return {
    namespace: textAt(metadata, 'namespace'),
    name: textAt(metadata, 'name'),
    type: textAt(spec, 'type') || 'ClusterIP',
    proxies: proxies.map(proxy => `${textAt(proxy, 'kind')}/${textAt(proxy, 'metadata', 'name')}`),
    meshes: carriedByAll(proxies, facts),
    ports: portsOf(ingress.service).map(port => ({
      port: shown(port),
      ...urlOfIngress(ingress, { ...wanted, port: String(port.port) }),
    })),
  }
}

const carriedByAll = (proxies: readonly JsonObject[], facts: Facts): readonly string[] => {
  const carried = proxies.map(proxy =>
    meshesCarried(proxy, facts)
      .filter(({ state }) => state === 'carried')
      .map(({ mesh }) => mesh),
  )
  const [first = [], ...others] = carried
  return first.filter(mesh => others.every(meshes => meshes.includes(mesh)))
}
