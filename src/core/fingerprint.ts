import { field, isRecord, isSet } from './json.ts'

/** FNV-1a in 32 bits, as eight digits: short and stable, not for security. */
export const hashOf = (text: string): string => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/**
 * What the API server fills in where a manifest is silent, so that its absence means the same
 * (kubernetes@v1.37.2:pkg/apis/core/v1/defaults.go).
 */
const API_DEFAULTS = new Map<string, readonly unknown[]>([
  ['apiVersion', ['v1']],
  ['defaultMode', [0o644]],
  ['failureThreshold', [3]],
  ['imagePullPolicy', ['IfNotPresent']],
  ['periodSeconds', [10]],
  ['protocol', ['TCP']],
  ['scheme', ['HTTP']],
  ['successThreshold', [1]],
  ['terminationMessagePath', ['/dev/termination-log']],
  ['terminationMessagePolicy', ['File']],
  ['timeoutSeconds', [1]],
  ['type', ['']],
])

/** A value as JSON that is the same for everything that means the same to the API server. */
export const canonical = (value: unknown): string => JSON.stringify(ordered(value)) ?? 'null'

/** A copy in one order, without what means the same when it is absent. */
const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isRecord(value)) return value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) {
    const found = value[key]
    if (isSet(found) && !isDefault(key, found)) put(copy, key, ordered(found))
  }
  return copy
}

const put = (copy: Record<string, unknown>, key: string, value: unknown): void => {
  // A mere assignment would take the value for the prototype, and it would be lost.
  if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true })
  else copy[key] = value
}

/** Stands for a value in a mark. */
export const fingerprint = (value: unknown): string => hashOf(canonical(value))

export const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)

const isDefault = (key: string, value: unknown): boolean =>
  API_DEFAULTS.get(key)?.includes(value) === true || isDropped(key, value)

/** Kubernetes before 1.19 knows no such field, and so gives back what we wrote without it. */
const isDropped = (key: string, value: unknown): boolean =>
  key === 'seccompProfile' && field(value, 'type') === 'RuntimeDefault'
