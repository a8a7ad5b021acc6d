/** What Envoy's admin API answers; throws when it cannot be asked. */
export type AskAdmin = (path: string) => Promise<{ readonly status: number; readonly text: string }>

/** The same as JSON. Throws for anything else, and when something else answers. */
export type ReadAdmin = (path: string) => Promise<unknown>

/** An Envoy that has nothing of what is asked for answers 404. */
export const readerOf =
  (ask: AskAdmin): ReadAdmin =>
  async path => {
    const { status, text } = await ask(`/${path}`)
    const [where] = path.split('?')
    if (status === 404) return {}
    if (status !== 200) throw new Error(`it answers ${status} at /${where}`)
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new Error(`what answers at /${where} is not Envoy’s admin API`, { cause })
    }
  }

/** For a regular expression of Envoy's (RE2). */
export const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Any of these patterns and nothing else, ready for a query. */
export const anyOf = (patterns: readonly string[]): string =>
  encodeURIComponent(`^(${patterns.join('|')})$`)

/** Envoy's limit on the size of a `name_regex` is 100 instructions, a letter being one. */
const NAME_REGEX_MAX = 80

/**
 * One list of the config dump: of these names, whole, as far as Envoy takes them; an older one ignores what it does
 * not know. No names: all of it.
 */
export const dumpPath = (list: string, names: readonly string[]): string => {
  const pattern = names.map(escaped).join('|')
  const isTaken = pattern !== '' && pattern.length <= NAME_REGEX_MAX
  const narrowed = isTaken ? `&name_regex=${encodeURIComponent(pattern)}` : ''
  return `config_dump?resource=${list}${narrowed}`
}
