import { annotationOf } from './annotations.ts'
import { destinationsOf, nameOfService } from './destination-services.ts'
import { fieldAt } from './json.ts'
import { objectIn } from './snapshot.ts'
import type { Facts, JsonObject } from './types.ts'

/** A setting of the Service of a destination, or of its namespace, where an Upstream itself says nothing. */
export const settingBehind = (
  upstream: JsonObject,
  { snapshot, clusterDomain }: Facts,
  key: string,
): { readonly where: string; readonly value: unknown } | undefined => {
  for (const destination of destinationsOf(upstream, clusterDomain)) {
    const { namespace, service } = destination
    const onService = annotationOf(objectIn(snapshot?.services, namespace, service), key)
    if (onService !== undefined)
      return {
        where: `annotation ${key} of Service ${nameOfService(destination)}`,
        value: onService,
      }
    const around = objectIn(snapshot?.namespaces, '', namespace)
    const onNamespace = annotationOf(around, key) ?? fieldAt(around, 'metadata', 'labels', key)
    if (onNamespace !== undefined)
      return { where: `${key} of namespace ${namespace}`, value: onNamespace }
  }
  return undefined
}
