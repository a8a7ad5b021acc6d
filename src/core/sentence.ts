/** A sentence with each `{blank}` filled in, once: what a value holds is never filled again. */
export const fillBlanks = (sentence: string, values: Readonly<Record<string, string>>): string =>
  sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : '',
  )

/** `warning` means that the user should act. */
export type Level = 'info' | 'warning'

/** Reasons by their code: API, never renamed or reused. */
export type ReasonTable = Readonly<
  Record<string, { readonly level: Level; readonly sentence: string }>
>
