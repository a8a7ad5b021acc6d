import type { Decision } from './decision.ts'
import { withCertificates } from './gateway-proxy.ts'
import type { Facts, JsonObject } from './types.ts'
import { withSslFiles } from './upstream.ts'

/** The object as decided; a skipped one is returned as it is, not copied. */
export const mutate = (object: JsonObject, decision: Decision, facts: Facts): JsonObject => {
  const { mountRoot } = facts
  switch (decision.kind) {
    case 'skip':
      return object
    case 'enable-mtls':
      return withSslFiles(object, mountRoot, decision.mesh)
    case 'mount-certificates':
      return decision.meshes.reduce(
        (workload, mesh) => withCertificates(workload, decision.container, { mountRoot, mesh }),
        object,
      )
    default:
      return decision satisfies never
  }
}
