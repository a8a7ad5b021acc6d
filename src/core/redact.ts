import { isRecord, textAt, textOf } from './json.ts'
import { redacted, redactText } from './redact-text.ts'
import { isSecretName } from './secret-names.ts'
import type { JsonObject } from './types.ts'

/** An object of Kubernetes without what is secret in it; see `redactText`. A Secret is to be summed up instead. */
export const redactObject = (object: JsonObject): JsonObject => redactRecord(object)

const redactRecord = (record: JsonObject): JsonObject => {
  const named = [record['name'], record['key']].map(textOf).find(name => name !== undefined) ?? ''
  const entries = Object.entries(record)
    // Who wrote which field: long, and of no use.
    .filter(([key]) => key !== 'managedFields')
    .map(([key, value]) => {
      const isNamedSecret = key === 'value' && isSecretName(named)
      return [redactText(key), isNamedSecret ? blank(value) : redactField(key, value)]
    })
  return Object.fromEntries(entries)
}

const redactField = (key: string, value: unknown): unknown => {
  if (key === 'annotations' && isRecord(value)) return redactAnnotations(value)
  if (key === 'env' && Array.isArray(value)) return value.map(redactVariable)
  if ((key === 'data' || key === 'binaryData') && isRecord(value))
    return redactData(value, key === 'binaryData')
  if ((key === 'args' || key === 'command') && Array.isArray(value)) return redactWords(value)
  return isSecretName(key) ? blank(value) : redactValue(value)
}

const redactValue = (value: unknown): unknown => {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redactValue)
  return isRecord(value) ? redactRecord(value) : value
}

/** What is named as a secret: texts and numbers go, whatever they look like; what is inside has names of its own. */
const blank = (value: unknown): unknown => {
  if (typeof value === 'number') return redacted(String(value))
  if (typeof value === 'string') return value === '' ? '' : redacted(value)
  if (Array.isArray(value)) return value.map(blank)
  return isRecord(value) ? redactRecord(value) : value
}

const KNOWN_ANNOTATION =
  /(^|\.)(gloo-istio\.io|istio\.io|solo\.io|kubernetes\.io|k8s\.io|helm\.sh|cert-manager\.io|prometheus\.io)\//
/** A second copy of the object, whose secrets have lost their places. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const redactAnnotations = (annotations: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => {
      const isKnown = KNOWN_ANNOTATION.test(key) && key !== LAST_APPLIED && !isSecretName(key)
      return [redactText(key), isKnown ? redactValue(value) : blank(value)]
    }),
  )

/** Set by Istio's injection, by ours and by Gloo's charts; others may hold anything. */
const KNOWN_VARIABLE =
  /^(POD_|NODE_|ISTIO_|OUTPUT_CERTS|SDS_SERVER_ADDRESS|GRPC_XDS_BOOTSTRAP|INGRESS_PROXY_LABEL|PILOT_|PROXY_|OTEL_|CA_ADDR|TRUST_DOMAIN|JWT_POLICY|HOST_IP|INSTANCE_IP|SERVICE_ACCOUNT|LOG_LEVEL)/
const PLAIN = /^(true|false|\d{1,5})?$/i

const redactVariable = (variable: unknown): unknown => {
  if (!isRecord(variable)) return redactValue(variable)
  const name = textAt(variable, 'name')
  const value = textAt(variable, 'value')
  const isKnown = !isSecretName(name) && (KNOWN_VARIABLE.test(name) || PLAIN.test(value))
  return isKnown ? redactRecord(variable) : { ...redactRecord(variable), ...blankValueOf(variable) }
}

const blankValueOf = (variable: JsonObject): JsonObject =>
  'value' in variable ? { value: blank(variable['value']) } : {}

/** The files of a ConfigMap. */
const redactData = (data: JsonObject, isBinary: boolean): JsonObject =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      redactText(key),
      isBinary || isSecretName(key) ? blank(value) : redactValue(value),
    ]),
  )

/** A command line, in which a flag may have its value in the word after it. */
const redactWords = (words: readonly unknown[]): readonly unknown[] =>
  words.map((word, at) => {
    const before = textOf(words[at - 1]) ?? ''
    const isValue = /^--?[\w-]+$/.test(before) && isSecretName(before.replace(/^-+/, ''))
    return isValue ? blank(word) : redactValue(word)
  })
