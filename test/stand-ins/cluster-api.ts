import { ApiError, type ApiRequest } from '../../src/cluster/api.ts'
import { fieldAt, isSet, textAt, without, withValue } from '../../src/core/json.ts'
import type { JsonObject } from '../../src/core/types.ts'

/** `apps deployments`, with '' for the core group. */
const resourceOf = (object: JsonObject): string => {
  const [, group = ''] = textAt(object, 'apiVersion').split('/').toReversed()
  const kind = textAt(object, 'kind').toLowerCase()
  if (kind.endsWith('s')) return `${group} ${kind}`
  return `${group} ${kind.replace(/y$/, 'ie')}s`
}

const PATH = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)$/

interface Question {
  readonly apiVersion: string
  readonly resource: string
  readonly namespace: string | undefined
  readonly labels: string
  readonly fields: string
}

const questionOf = ({ path, query = {} }: ApiRequest): Question => {
  const [, group = '', version = '', namespace, plural = ''] = PATH.exec(path) ?? []
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    resource: `${group} ${plural}`,
    namespace,
    labels: String(query['labelSelector'] ?? ''),
    fields: String(query['fieldSelector'] ?? ''),
  }
}

const hasLabels = (object: JsonObject, selector: string): boolean => {
  if (selector === '') return true
  const [, key = selector, values] = /^(\S+) in \((.*)\)$/.exec(selector) ?? []
  const value = fieldAt(object, 'metadata', 'labels', key)
  return isSet(value) && (values === undefined || values.split(',').includes(String(value)))
}

const hasFields = (object: JsonObject, selector: string): boolean =>
  selector
    .split(',')
    .filter(Boolean)
    .every(part => {
      const [, path = '', not, value] = /^([\w.]+)(!?)=(.*)$/.exec(part) ?? []
      return (fieldAt(object, ...path.split('.')) === value) !== (not === '!')
    })

const matches = (object: JsonObject, { resource, namespace, labels, fields }: Question): boolean =>
  resourceOf(object) === resource &&
  (namespace === undefined || textAt(object, 'metadata', 'namespace') === namespace) &&
  hasLabels(object, labels) &&
  hasFields(object, fields)

interface Watch {
  readonly path: string
  readonly question: Question
  readonly send: (line: string) => void
  readonly end: () => void
}

const failure = (statusCode: number) => new ApiError({ statusCode, headers: {} }, '')

/** Lists and watches of every resource, asked without a network. Selectors count, as they do in kube-apiserver. */
export class ClusterApi {
  /** Path of each request. */
  readonly asked: string[] = []
  /** What begins with one of these is not installed. */
  readonly absent: string[] = []
  /** What begins with one of these is forbidden. */
  readonly forbidden: string[] = []
  /** What ends with one of these gets no answer yet. */
  readonly held = new Map<string, Promise<void>>()
  isAway = false
  readonly #objects = new Map<string, JsonObject>()
  readonly #watches = new Set<Watch>()
  #version = 100

  constructor(objects: readonly JsonObject[] = []) {
    this.put(...objects)
  }

  put(...objects: readonly JsonObject[]): void {
    for (const object of objects) {
      const key = keyOf(object)
      const before = this.#objects.get(key)
      const after = withValue(object, ['metadata', 'resourceVersion'], String(++this.#version))
      this.#objects.set(key, after)
      this.#tell(before, after)
    }
  }

  remove(object: JsonObject): void {
    const before = this.#objects.get(keyOf(object))
    this.#objects.delete(keyOf(object))
    this.#tell(before, undefined)
  }

  /** How many watches are open. */
  get watches(): number {
    return this.#watches.size
  }

  /** Ends the watches of what begins with this. */
  breakWatches(begin = ''): void {
    for (const { path, end } of this.#watches) if (path.startsWith(begin)) end()
  }

  readonly request = async (asked: ApiRequest): Promise<JsonObject> => {
    await this.#admit(asked)
    const question = questionOf(asked)
    const found = [...this.#objects.values()].filter(object => matches(object, question))
    const kind = `${textAt(found[0], 'kind')}List`
    // Items of a list do not say what they are.
    const items = found.map(object => without(without(object, 'apiVersion'), 'kind'))
    const metadata = { resourceVersion: String(this.#version) }
    return { apiVersion: question.apiVersion, kind, metadata, items }
  }

  readonly lines = async function* (
    this: ClusterApi,
    asked: ApiRequest,
    onAnswer: () => void = () => {},
  ): AsyncGenerator<string> {
    await this.#admit(asked)
    const waiting: string[] = []
    let wake = () => {}
    let hasEnded = false
    const watch: Watch = {
      path: asked.path,
      question: questionOf(asked),
      send: line => {
        waiting.push(line)
        wake()
      },
      end: () => {
        hasEnded = true
        wake()
      },
    }
    asked.signal?.addEventListener('abort', () => wake())
    this.#watches.add(watch)
    onAnswer()
    try {
      while (!hasEnded) {
        asked.signal?.throwIfAborted()
        yield* waiting.splice(0)
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        if (waiting.length === 0 && !asked.signal?.aborted) await promise
      }
    } finally {
      this.#watches.delete(watch)
    }
  }.bind(this)

  async #admit({ path, signal }: ApiRequest): Promise<void> {
    this.asked.push(path)
    for (const [end, answer] of this.held) if (path.endsWith(end)) await answer
    signal?.throwIfAborted()
    if (this.isAway) throw new Error('connect ECONNREFUSED')
    if (this.absent.some(begin => path.startsWith(begin))) throw failure(404)
    if (this.forbidden.some(begin => path.startsWith(begin))) throw failure(403)
  }

  #tell(before: JsonObject | undefined, after: JsonObject | undefined): void {
    for (const { question, send } of this.#watches) {
      const [was, is] = [before, after].map(object => object && matches(object, question))
      if (!was && !is) continue
      const type = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED'
      send(JSON.stringify({ type, object: after ?? before }))
    }
  }
}

const keyOf = (object: JsonObject): string =>
  `${resourceOf(object)} ${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}`
