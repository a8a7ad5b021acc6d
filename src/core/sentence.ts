/** Sentences are constants of ours; each is taken apart once: text, name of a blank, text, … */
const TAKEN_APART = new Map<string, readonly string[]>()

const partsOf = (sentence: string): readonly string[] => {
  const known = TAKEN_APART.get(sentence)
  if (known !== undefined) return known
  const parts = sentence.split(/\{(\w+)\}/)
  TAKEN_APART.set(sentence, parts)
  return parts
}

/** A sentence with each `{blank}` filled in, once: what a value holds is never filled again. */
export const fillBlanks = (sentence: string, values: Readonly<Record<string, string>>): string => {
  let filled = ''
  let isBlank = false
  for (const part of partsOf(sentence)) {
    if (!isBlank) filled += part
    else if (Object.hasOwn(values, part)) filled += String(values[part])
    isBlank = !isBlank
  }
  return filled
}

/** `warning` means that the user should act. */
export type Level = 'info' | 'warning'

/** Reasons by their code: API, never renamed or reused. */
export type ReasonTable = Readonly<
  Record<string, { readonly level: Level; readonly sentence: string }>
>
