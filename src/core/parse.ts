import { isKnownKind, KNOWN_KINDS } from './decide.ts'
import { ReviewError } from './errors.ts'
import { field, fieldAt, isRecord, textAt, textOf } from './json.ts'
import { quote } from './reasons.ts'
import type { AdmissionRequest, GroupVersionKind, JsonObject, Operation } from './types.ts'

/** Deeper than any Kubernetes object, shallow enough for any recursion. */
export const MAX_DEPTH = 500

const API_VERSIONS = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'] as const
export type ApiVersion = (typeof API_VERSIONS)[number]

const OPERATIONS: readonly string[] = [
  'CREATE',
  'UPDATE',
  'DELETE',
  'CONNECT',
] satisfies Operation[]

export interface Review {
  /** The version we are asked in is the version we answer in. */
  readonly apiVersion: ApiVersion
  readonly request: AdmissionRequest
}

/** Narrows the body of a request, which came at `time`, once and for all. Throws ReviewError, which names the field. */
export const parseReview = (body: string, time = ''): Review => {
  if (isTooDeep(body)) throw new ReviewError('GLOO_ISTIO_ERR_TOO_DEEP', { limit: `${MAX_DEPTH}` })
  const review = parseJson(body)
  const apiVersion = API_VERSIONS.find(version => version === field(review, 'apiVersion'))
  if (field(review, 'kind') !== 'AdmissionReview') throw notAReview('kind', field(review, 'kind'))
  if (apiVersion === undefined) throw notAReview('apiVersion', field(review, 'apiVersion'))
  return { apiVersion, request: parseRequest(field(review, 'request'), time) }
}

const parseRequest = (request: unknown, time: string): AdmissionRequest => {
  if (!isRecord(request)) throw invalid('request', request, 'an object')
  const operation = parseOperation(field(request, 'operation'))
  const carriesObject = operation === 'CREATE' || operation === 'UPDATE'
  const kind = parseKind(field(request, 'kind'))
  if (carriesObject && !isKnownKind(kind)) throw unexpectedKind(kind)
  return {
    uid: required(request, 'uid'),
    kind,
    operation,
    subResource: textAt(request, 'subResource'),
    namespace: textAt(request, 'namespace'),
    // Older API servers leave the name of what is to be created to the object.
    name: textOf(field(request, 'name') ?? fieldAt(request, 'object', 'metadata', 'name')) ?? '',
    dryRun: field(request, 'dryRun') === true,
    time,
    user: textAt(request, 'userInfo', 'username'),
    object: carriesObject ? parseObject(field(request, 'object'), kind) : undefined,
    oldObject: parseOldObject(field(request, 'oldObject')),
  }
}

const parseOperation = (value: unknown): Operation => {
  if (!isOperation(value)) throw invalid('request.operation', value, OPERATIONS.join(', '))
  return value
}

const isOperation = (value: unknown): value is Operation =>
  typeof value === 'string' && OPERATIONS.includes(value)

const parseKind = (value: unknown): GroupVersionKind => {
  if (!isRecord(value))
    throw invalid('request.kind', value, 'an object with group, version and kind')
  return {
    group: textAt(value, 'group'),
    version: textAt(value, 'version'),
    kind: textAt(value, 'kind'),
  }
}

const parseObject = (value: unknown, { group, version, kind }: GroupVersionKind): JsonObject => {
  if (!isRecord(value)) throw invalid('request.object', value, 'an object')
  const [apiVersion, expected] = [
    field(value, 'apiVersion'),
    group === '' ? version : `${group}/${version}`,
  ]
  if (apiVersion !== expected)
    throw invalid('request.object.apiVersion', apiVersion, `${expected}, as in request.kind`)
  if (field(value, 'kind') !== kind)
    throw invalid('request.object.kind', field(value, 'kind'), `${kind}, as in request.kind`)
  return value
}

const parseOldObject = (value: unknown): JsonObject | undefined => {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) throw invalid('request.oldObject', value, 'an object or null')
  return value
}

const required = (request: JsonObject, name: string): string => {
  const value = field(request, name)
  if (typeof value !== 'string' || value === '')
    throw invalid(`request.${name}`, value, 'a non-empty string')
  return value
}

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch (cause) {
    // The engine's own message quotes the text, which may hold what must not reach a log.
    const said = String(cause)
    const ended = body.trim() === '' ? 'it is empty' : 'it ends too early'
    const detail = /end of JSON/.test(said)
      ? ended
      : (/at position \d+/.exec(said)?.[0] ?? 'syntax error')
    throw new ReviewError('GLOO_ISTIO_ERR_NOT_JSON', { detail })
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const isOpening = (char: number) => char === 0x5b || char === 0x7b
const isClosing = (char: number) => char === 0x5d || char === 0x7d

/** Whether there are more brackets of either kind than so many, also counting those in strings. */
const hasMoreThan = (limit: number, text: string): boolean => {
  let count = 0
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (++count > limit) return true
  return false
}

/** Counts brackets outside strings, without recursion and before anything is built. */
const isTooDeep = (text: string): boolean => {
  // Few objects have as many brackets as may be open at once, and that is soon seen.
  if (!hasMoreThan(MAX_DEPTH, text)) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) at = endOfString(text, at)
    else if (isOpening(char) && ++depth > MAX_DEPTH) return true
    else if (isClosing(char)) depth--
  }
  return false
}

const endOfString = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1)
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

/** An odd number of backslashes before it. */
const isEscaped = (text: string, at: number): boolean => {
  let first = at
  while (text.charCodeAt(first - 1) === BACKSLASH) first--
  return (at - first) % 2 === 1
}

const notAReview = (name: string, value: unknown) =>
  new ReviewError('GLOO_ISTIO_ERR_NOT_ADMISSION_REVIEW', { field: name, value: show(value) })

const invalid = (name: string, value: unknown, expected: string) =>
  new ReviewError('GLOO_ISTIO_ERR_INVALID_FIELD', { field: name, value: show(value), expected })

const unexpectedKind = ({ group, version, kind }: GroupVersionKind) =>
  new ReviewError('GLOO_ISTIO_ERR_UNEXPECTED_KIND', {
    kind: show(`${group}/${version} ${kind}`),
    known: KNOWN_KINDS.join(', '),
  })

/** What was found, without its content: objects may hold secrets. */
const show = (value: unknown): string => {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return 'an array'
  return isRecord(value) ? 'an object' : quote(value)
}
