import { field, textOf } from './json.ts'

/** One demand on the labels of an object. */
type Requirement = (labels: unknown) => boolean

/** All of them have to be met. */
export type LabelSelector = readonly Requirement[]

const KEY = String.raw`((?:[\w.-]+\/)?[\w.-]+)`
const VALUE = String.raw`([\w.-]*)`

type Form = readonly [RegExp, (key: string, values: readonly string[]) => Requirement]

const labelOf = (labels: unknown, key: string) => textOf(field(labels, key))

const isIn = (key: string, values: readonly string[]): Requirement => {
  return labels => {
    const value = labelOf(labels, key)
    return value !== undefined && values.includes(value)
  }
}

const isNotIn =
  (key: string, values: readonly string[]): Requirement =>
  labels =>
    !isIn(key, values)(labels)

const exists =
  (key: string): Requirement =>
  labels =>
    labelOf(labels, key) !== undefined

/** The forms of kubectl; apimachinery@v0.37.2:pkg/labels/selector.go */
const FORMS: readonly Form[] = [
  [new RegExp(`^${KEY}\\s*==?\\s*${VALUE}$`), isIn],
  [new RegExp(`^${KEY}\\s*!=\\s*${VALUE}$`), isNotIn],
  [new RegExp(`^${KEY}\\s+in\\s*\\(([^()]*)\\)$`), isIn],
  [new RegExp(`^${KEY}\\s+notin\\s*\\(([^()]*)\\)$`), isNotIn],
  [new RegExp(`^!\\s*${KEY}$`), key => labels => !exists(key)(labels)],
  [new RegExp(`^${KEY}$`), exists],
]

const requirementOf = (text: string): Requirement | undefined => {
  for (const [form, make] of FORMS) {
    const [, key, values = ''] = form.exec(text) ?? []
    if (key !== undefined)
      return make(
        key,
        values.split(',').map(value => value.trim()),
      )
  }
  return undefined
}

/** Reads what kubectl takes for `-l`; else says what is wrong with it. */
export const parseLabelSelector = (
  text: string,
): { readonly selector: LabelSelector } | { readonly trouble: string } => {
  const selector: Requirement[] = []
  // Commas inside parentheses separate values.
  for (const part of text.split(/,(?![^(]*\))/)) {
    const requirement = requirementOf(part.trim())
    if (requirement === undefined)
      return {
        trouble: `${JSON.stringify(part.trim())} is no demand on labels: write app=a, app!=a, app, !app, app in (a,b) or app notin (a,b)`,
      }
    selector.push(requirement)
  }
  return { selector }
}

/** Whether these labels, which need not be there, meet all that is demanded. */
export const selects = (selector: LabelSelector, labels: unknown): boolean =>
  selector.every(requirement => requirement(labels))
