import { withChange } from './additions.ts'
import type { Decision } from './decision.ts'
import { withValue } from './json.ts'
import { withMark } from './mark.ts'
import type { JsonObject } from './types.ts'
import { withSslConfig } from './upstream.ts'

/** The object as decided; a skipped one is returned as it is, not copied. */
export const mutate = (object: JsonObject, decision: Decision): JsonObject => {
  switch (decision.kind) {
    case 'skip':
      return object
    case 'write-ssl-config':
      return withMark(withSslConfig(object, decision.sslConfig), decision.mark)
    case 'change-workload':
      return withChange(object, decision.mark, decision.change)
    case 'write-bootstrap':
      return withMark(withValue(object, ['data', decision.key], decision.text), decision.mark)
    default:
      return decision satisfies never
  }
}
