import type { Write } from './decision.ts'
import { textAt } from './json.ts'
import type { JsonObject } from './types.ts'

/** The write by which an object, as it stands, would be created or written once more. */
export const writeOf = (object: JsonObject, more: Partial<Write> = {}): Write => {
  const [version = '', group = ''] = textAt(object, 'apiVersion').split('/').toReversed()
  return {
    uid: '',
    kind: { group, version, kind: textAt(object, 'kind') },
    subResource: '',
    namespace: textAt(object, 'metadata', 'namespace'),
    name: textAt(object, 'metadata', 'name'),
    operation: 'CREATE',
    dryRun: true,
    user: '',
    time: '',
    object,
    oldObject: undefined,
    ...more,
  }
}

/** `Deployment gloo-system/gateway-proxy`, as messages name an object. */
export const nameOfObject = (object: JsonObject): string => {
  const namespace = textAt(object, 'metadata', 'namespace')
  const name = textAt(object, 'metadata', 'name')
  return `${textAt(object, 'kind')} ${namespace && `${namespace}/`}${name}`
}
