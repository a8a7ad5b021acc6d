/** A sentence with each `{blank}` filled in, once: what a value holds is never filled again. */
export const fillBlanks = (sentence: string, values: Readonly<Record<string, string>>): string =>
  sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : '',
  )
