import { looksRandom } from './random-looking.ts'
import { isSecretName } from './secret-names.ts'

/** What stands where a secret was. */
export const redacted = (secret: string): string => `<redacted: ${Buffer.byteLength(secret)} bytes>`

/** What anybody may see, and a report is no good without. */
const PUBLIC_PEM =
  /-----BEGIN (?:CERTIFICATE|PUBLIC KEY)-----[A-Za-z0-9+/=\s\\]*-----END (?:CERTIFICATE|PUBLIC KEY)-----/g
/** The same, and what begins so in base64. Capturing, so that `split` keeps it. */
const MAYBE_PUBLIC = new RegExp(`(${PUBLIC_PEM.source}|LS0tLS1CRUdJTi[A-Za-z0-9+/]+={0,2})`)

const isPublic = (text: string): boolean => text.replace(PUBLIC_PEM, '').trim() === ''

type Rule = (text: string) => string

/** One that was cut off at its end goes as far as the text does. */
const privatePem: Rule = text =>
  text.replace(/-----BEGIN ([A-Z0-9 ]*)-----(?:[\s\S]*?-----END \1-----|[\s\S]*)/g, redacted)

const jwt: Rule = text => text.replace(/\beyJ[\w-]+=*\.[\w-]+(?:[.=]+[\w-]*)*/g, redacted)

const userInfo: Rule = text =>
  text.replace(
    /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/)([^\s"'<>\\]{1,512})@/gi,
    (_, scheme: string, secret: string) => `${scheme}${redacted(secret)}@`,
  )

const HEADER =
  /\b((?:proxy-)?authorization|(?:set-)?cookie)(\\*["']?[ \t]*[:=][ \t]*\[?\\*["']?)(?!\s*\[?\\*["']?<redacted)([^\r\n"'\\]+)/gi

const keepHead = (_: string, name: string, between: string, secret: string): string =>
  `${name}${between}${redacted(secret)}`

const headers: Rule = text => text.replace(HEADER, keepHead)

const schemes: Rule = text =>
  text.replace(/\b(bearer|basic|negotiate)(\s+)(?!<redacted)([\w.~+/:=-]{4,})/gi, keepHead)

const ifSecret = (whole: string, name: string, between: string, secret: string): string =>
  isSecretName(name) ? keepHead(whole, name, between, secret) : whole

const BLOCK =
  /^([ \t]*)((?:- )?["']?)([\w./-]+)(["']?[ \t]*:[ \t]*[|>][-+\d]*[ \t]*\n)(?!\s*<redacted)((?:(?:\1[ \t]+.*|[ \t]*)\n)*(?:\1[ \t]+.*)?)/gm

/** `password: |` and the lines below it, in YAML. */
const blocks: Rule = text =>
  text.replace(BLOCK, (...groups: readonly string[]) => {
    const [whole = '', indent = '', mark = '', name = '', rest = '', secret = ''] = groups
    return isSecretName(name)
      ? `${indent}${mark}${name}${rest}${indent}  ${redacted(secret)}\n`
      : whole
  })

/** `password: a b` on a line of its own. */
const lines: Rule = text =>
  text.replace(
    /^([ \t]*(?:- )?["']?[\w./-]+)(["']?[ \t]*:[ \t]*)(?!\s|[{[][ \t]*$|[|>][-+\d]*[ \t]*$|(?:true|false|null)\b|<redacted)(.+)$/gm,
    ifSecret,
  )

/** `password=`, `password:` also with its value on the next line, `"password":`, `\"password\":`, `--password=`, before what is to be taken away. */
const NAME_BEFORE_VALUE =
  /(?<![\w.-])([\w.-]+)\\*["']?[ \t]*[=:]+(?:[ \t]*\r?\n[ \t]+(?!- |[^\n]*:(?:\s|$))|[ \t]*)(?!\s*[=:]*\s*(?:\\*["']?<redacted|(?:true|false|null)\b|[|>][-+\d]*[ \t]*$))/gm
/** In quotes, in brackets, or up to a blank; a list of names is not taken apart. */
const VALUE = /\\+".*?\\+"|"(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|[^\s"'{[\\]+/y

const assignments: Rule = text => {
  const parts: string[] = []
  let end = 0
  for (const { 0: head, 1: name = '', index } of text.matchAll(NAME_BEFORE_VALUE)) {
    if (index < end || !isSecretName(name)) continue
    VALUE.lastIndex = index + head.length
    const [secret] = VALUE.exec(text) ?? []
    if (secret === undefined) continue
    parts.push(text.slice(end, index + head.length), redacted(secret))
    end = index + head.length + secret.length
  }
  return parts.join('') + text.slice(end)
}

/** `--password a`. */
const flags: Rule = text => text.replace(/(?<![\w-])(--[\w-]+)(\s+)(?!-|<redacted)(\S+)/g, ifSecret)

/** Long runs of hexadecimal digits, unless they are the digest of an image, and ids of keys at Amazon. */
const tokens: Rule = text =>
  text.replace(/(?<!sha256:)\b(?:[0-9a-f]{32,}|[0-9A-F]{32,}|A[KS]IA[A-Z0-9]{16})\b/g, redacted)

const decoded = (run: string): string => {
  const text = Buffer.from(run, 'base64').toString('utf8')
  return /^[\t\n\r\x20-\x7e]+$/.test(text) ? text : ''
}

const runs: Rule = text =>
  text.replace(/[A-Za-z0-9+/_-]{12,}={0,2}/g, run => {
    const inside = decoded(run)
    return looksRandom(run) || redactText(inside) !== inside ? redacted(run) : run
  })

const RULES: readonly Rule[] = [
  privatePem,
  jwt,
  userInfo,
  headers,
  schemes,
  blocks,
  lines,
  assignments,
  flags,
  tokens,
  runs,
]

/**
 * A text without what looks like a secret in it: private keys, tokens, passwords, in the clear or as base64.
 * Certificates stay. What it does not know for harmless, it rather takes away.
 */
export const redactText = (text: string): string =>
  text
    .split(MAYBE_PUBLIC)
    .map((part, at) => (at % 2 === 1 && isKept(part) ? part : applyRules(part)))
    .join('')

const isKept = (part: string): boolean =>
  isPublic(part.startsWith('-') ? part : Buffer.from(part, 'base64').toString('latin1'))

const applyRules = (text: string): string => RULES.reduce((left, rule) => rule(left), text)
