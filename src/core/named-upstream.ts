import { textAt } from './json.ts'
import { allObjects, type Snapshot } from './snapshot.ts'
import type { JsonObject } from './types.ts'

/** `gloo-system/default-details-9080` */
export const placeOf = (object: JsonObject): string =>
  `${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}`

/** The only Upstream of a name, in whichever namespace it is; else what is wrong. */
export const upstreamNamed = (
  snapshot: Snapshot | undefined,
  name: string,
): { readonly upstream: JsonObject } | { readonly trouble: string } => {
  const found = allObjects(snapshot?.upstreams).filter(
    upstream => textAt(upstream, 'metadata', 'name') === name,
  )
  const [only, ...others] = found
  if (only === undefined)
    return { trouble: `no Upstream ${name} was found: gloo-istio get upstreams lists them` }
  if (others.length === 0) return { upstream: only }
  const candidates = found.map(placeOf).toSorted().join(', ')
  return { trouble: `several Upstreams have that name: ${candidates}; choose one by --namespace` }
}
