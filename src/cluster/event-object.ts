import { createHash } from 'node:crypto'
import { textAt } from '../core/json.ts'
import type { JsonObject } from '../core/types.ts'

export interface EventInput {
  /** What it is about; only its apiVersion, kind and metadata are looked at. */
  readonly object: JsonObject
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for programs. */
  readonly reason: string
  /** For people; cut at 1,024 bytes. */
  readonly message: string
  /** What was done, `Mutate` for instance. */
  readonly action?: string
}

/** What there is to tell, and how often it came up, from first to last in milliseconds since 1970. */
export interface Told {
  readonly event: JsonObject
  readonly subject: Subject
  readonly times: number
  readonly first: number
  readonly last: number
}

interface Subject {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** kubernetes@1.37.2:pkg/apis/core/validation/events.go, which holds newer Events to it. */
const MESSAGE_BYTES = 1_024
/** kubernetes@1.37.2:staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go */
const NAME_LENGTH = 253
const HASH_LENGTH = 16
/** Events of objects without a namespace: kubernetes@1.37.2:pkg/apis/core/validation/events.go */
const NO_NAMESPACE = 'default'

/** Keeps what is needed of the input, so that a queue does not hold whole objects. */
export const tell = ({ object, message, ...event }: EventInput, now: number): Told => ({
  event: { ...event, message: cut(message) },
  subject: subjectOf(object),
  times: 1,
  first: now,
  last: now,
})

/** The same for all that is one Event with a count. */
export const keyOf = ({ event, subject: { kind, namespace, name, uid } }: Told): string =>
  hash([kind, namespace, name, uid, event['reason'], event['message']])

export const namespaceOf = ({ subject }: Told): string => subject.namespace || NO_NAMESPACE

/** The Event of core/v1; `instance` is who reports it. */
export const eventOf = (told: Told, instance: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { namespace: namespaceOf(told), name: nameOf(told, instance) },
  involvedObject: Object.fromEntries(Object.entries(told.subject).filter(([, text]) => text)),
  ...told.event,
  count: told.times,
  firstTimestamp: timeOf(told.first),
  lastTimestamp: timeOf(told.last),
  source: { component: 'gloo-istio' },
  reportingComponent: 'gloo-istio.io/controller',
  reportingInstance: instance,
})

export const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString()

const subjectOf = (object: JsonObject): Subject => ({
  apiVersion: textAt(object, 'apiVersion'),
  kind: textAt(object, 'kind'),
  namespace: textAt(object, 'metadata', 'namespace'),
  name: textAt(object, 'metadata', 'name'),
  uid: textAt(object, 'metadata', 'uid'),
  resourceVersion: textAt(object, 'metadata', 'resourceVersion'),
})

/** Another name for each first time and each reporter, so that none is in the way of another. */
export const nameOf = (told: Told, instance: string): string => {
  const unique = hash([keyOf(told), instance, told.first]).slice(0, HASH_LENGTH)
  const name = told.subject.name.slice(0, NAME_LENGTH - HASH_LENGTH - 1)
  // A part of a name may not end in the dot or hyphen that the cut leaves.
  return `${name.replace(/[.-]+$/, '')}.${unique}`
}

const cut = (message: string): string => {
  const bytes = Buffer.from(message, 'utf8')
  if (bytes.length <= MESSAGE_BYTES) return message
  const ellipsis = '…'
  const kept = bytes.subarray(0, MESSAGE_BYTES - Buffer.byteLength(ellipsis))
  // A stream waits for the rest of a character, rather than replace what is there of it.
  return new TextDecoder().decode(kept, { stream: true }) + ellipsis
}

const hash = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex')
