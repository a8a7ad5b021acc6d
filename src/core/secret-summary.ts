import { field, fieldAt, isRecord, textAt, textOf } from './json.ts'
import { redacted } from './redact-text.ts'
import type { JsonObject } from './types.ts'

/** What may be told of a Secret: what it is called, its type, and of each key the size and, of certificates, the end. */
export interface SecretSummary {
  readonly namespace: string
  readonly name: string
  readonly type: string
  readonly createdAt: string
  readonly keys: Readonly<Record<string, string>>
}

/** `endOf` reads the end of a certificate in PEM; undefined for what is none. */
export const summaryOfSecret = (
  secret: JsonObject,
  endOf: (pem: string) => string | undefined,
): SecretSummary => ({
  namespace: textAt(secret, 'metadata', 'namespace'),
  name: textAt(secret, 'metadata', 'name'),
  type: textAt(secret, 'type'),
  createdAt: textAt(secret, 'metadata', 'creationTimestamp'),
  keys: Object.fromEntries(
    Object.entries(dataOf(secret)).map(([key, text]) => {
      const end = endOf(text)
      return [
        key,
        `${Buffer.byteLength(text, 'latin1')} bytes${end ? `, certificate until ${end}` : ''}`,
      ]
    }),
  ),
})

/** The values of a Secret as bytes, each a character of Latin 1. */
const dataOf = (secret: JsonObject): Readonly<Record<string, string>> => {
  const data = field(secret, 'data')
  return Object.fromEntries(
    Object.entries(isRecord(data) ? data : {}).map(([key, value]) => [
      key,
      Buffer.from(textOf(value) ?? '', 'base64').toString('latin1'),
    ]),
  )
}

/** Keys whose values are no secrets, and stand in many places. */
const HARMLESS = new Set(['namespace', 'username', 'host', 'port', 'ca.crt', 'database'])
/** A shorter text is found by chance everywhere. */
const LEAST = 6
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** What is secret in a Secret, as it may turn up in other places: whole, line by line, and the texts of JSON. */
export const secretsIn = (secret: JsonObject): readonly string[] => {
  const values = Object.entries(dataOf(secret)).filter(([key]) => !HARMLESS.has(key))
  const texts = values.flatMap(([, bytes]) => {
    const text = Buffer.from(bytes, 'latin1').toString('utf8').replaceAll(CERTIFICATES, '').trim()
    const inside = textsIn(parse(text))
    return [text, ...text.split(/\s*\n\s*/), ...inside].filter(part => !part.startsWith('-----'))
  })
  const encoded = values.map(([key]) => textOf(fieldAt(secret, 'data', key)) ?? '')
  const isCertificate = (base64: string) =>
    Buffer.from(base64, 'base64').toString('latin1').replaceAll(CERTIFICATES, '').trim() === ''
  return [...new Set([...texts, ...encoded.filter(base64 => !isCertificate(base64))])].filter(
    text => text.length >= LEAST,
  )
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

const formsOf = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret, 'utf8').toString('base64').replace(/=+$/, ''),
]

/** A text without these secrets, as they are, as in JSON or an address, and as base64. The longest go first. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  [...new Set(secrets.flatMap(formsOf))]
    .toSorted((one, other) => other.length - one.length)
    .reduce((left, secret) => left.replaceAll(secret, () => redacted(secret)), text)
