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
const API_DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  apiVersion: ['v1'],
  defaultMode: [0o644],
  failureThreshold: [3],
  imagePullPolicy: ['IfNotPresent'],
  periodSeconds: [10],
  protocol: ['TCP'],
  scheme: ['HTTP'],
  successThreshold: [1],
  terminationMessagePath: ['/dev/termination-log'],
  terminationMessagePolicy: ['File'],
  timeoutSeconds: [1],
  type: [''],
}

/** A value as JSON that is the same for everything that means the same to the API server. */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null'
  let fields = ''
  for (const key of Object.keys(value).sort()) {
    const found = value[key]
    if (isSet(found) && !isDefault(key, found))
      fields += `${fields && ','}${JSON.stringify(key)}:${canonical(found)}`
  }
  return `{${fields}}`
}

/** Stands for a value in a mark. */
export const fingerprint = (value: unknown): string => hashOf(canonical(value))

export const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)

const isDefault = (key: string, value: unknown): boolean =>
  (Object.hasOwn(API_DEFAULTS, key) && API_DEFAULTS[key]?.includes(value) === true) ||
  isDropped(key, value)

/** Kubernetes before 1.19 knows no such field, and so gives back what we wrote without it. */
const isDropped = (key: string, value: unknown): boolean =>
  key === 'seccompProfile' && field(value, 'type') === 'RuntimeDefault'
