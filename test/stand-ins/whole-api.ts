import { ApiError, type ApiRequest } from '../../src/cluster/api.ts'
import { fieldAt, isSet, textAt } from '../../src/core/json.ts'
import { parseLabelSelector, selects } from '../../src/core/label-selector.ts'
import type { JsonObject } from '../../src/core/types.ts'

const failure = (statusCode: number, message = '') =>
  new ApiError({ statusCode, headers: {} }, JSON.stringify({ message }))

const PATH = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/

const VERBS: Readonly<Record<string, string>> = { GET: 'list', POST: 'create' }

/** Whether an object is of a group and a resource, by the plural of its kind. */
const isOf = (object: JsonObject, group: string, plural: string): boolean => {
  const [, own = ''] = textAt(object, 'apiVersion').split('/').toReversed()
  const kind = textAt(object, 'kind').toLowerCase()
  return own === group && [kind, `${kind}s`, kind.replace(/y$/, 'ies')].includes(plural)
}

const takesLabels = (object: JsonObject, selector: unknown): boolean => {
  const parsed = parseLabelSelector(String(selector))
  if ('trouble' in parsed) throw new TypeError(parsed.trouble)
  return selects(parsed.selector, fieldAt(object, 'metadata', 'labels'))
}

const takesFields = (object: JsonObject, selector: unknown): boolean =>
  String(selector)
    .split(',')
    .every(part => {
      const [, path = '', not, value] = /^([\w.]+)(!?)=(.*)$/.exec(part) ?? []
      return (fieldAt(object, ...path.split('.')) === value) !== (not === '!')
    })

/** Answers reads of anything, one object or a list, from what it is given; says of what it may not what a real one says. */
export class WholeApi {
  /** What one may not: `list pods`, `get secrets`. */
  readonly forbidden = new Set<string>()
  /** Rights that reviews of one's own deny, likewise. */
  readonly denied = new Set<string>()
  readonly asked: string[] = []
  objects: JsonObject[]
  /** What it throws in place of any answer. */
  away: Error | undefined

  constructor(objects: readonly JsonObject[]) {
    this.objects = [...objects]
  }

  readonly request = async ({ method = 'GET', path, query = {}, body }: ApiRequest) => {
    this.asked.push(`${method} ${path}`)
    if (this.away) throw this.away
    if (path === '/version') return { gitVersion: 'v1.37.2' }
    if (path === '/apis') return { groups: [{ name: 'admissionregistration.k8s.io' }] }
    if (path.endsWith('/selfsubjectaccessreviews')) return this.#review(body)
    const [, group = '', , namespace, plural = '', name] = PATH.exec(path) ?? []
    const verb = name === undefined ? String(VERBS[method]) : 'get'
    if (this.forbidden.has(`${verb} ${plural}`)) {
      const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
      throw failure(403, `x cannot ${verb} resource "${plural}" in API group "${group}" ${where}`)
    }
    const found = this.objects.filter(
      object =>
        isOf(object, group, plural) &&
        (namespace === undefined || textAt(object, 'metadata', 'namespace') === namespace),
    )
    if (name === undefined) return this.#list(found, query)
    const one = found.find(object => textAt(object, 'metadata', 'name') === name)
    if (one === undefined) throw failure(404)
    return one
  }

  #list(found: readonly JsonObject[], { labelSelector, fieldSelector }: JsonObject): JsonObject {
    const items = found
      .filter(object => !isSet(labelSelector) || takesLabels(object, labelSelector))
      .filter(object => !isSet(fieldSelector) || takesFields(object, fieldSelector))
    return { metadata: { resourceVersion: '1' }, items }
  }

  #review(body: unknown): JsonObject {
    const right = fieldAt(body, 'spec', 'resourceAttributes')
    const text = `${textAt(right, 'verb')} ${textAt(right, 'resource')}`
    return { status: { allowed: !this.denied.has(text) } }
  }
}
