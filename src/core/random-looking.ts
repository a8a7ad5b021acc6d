/** Shorter runs are words and versions. */
const LEAST = 20
/** Of the letters and digits of a run, how many follow one of another class: about half of base64, a tenth of a name. */
const LEAST_CHANGES = 0.25
/** In letters alone words with capitals come close. */
const LEAST_CHANGES_OF_LETTERS = 0.42

type Class = 'upper' | 'lower' | 'digit'

const classOf = (character: string): Class | undefined => {
  if (/[A-Z]/.test(character)) return 'upper'
  if (/[a-z]/.test(character)) return 'lower'
  return /\d/.test(character) ? 'digit' : undefined
}

/**
 * Whether letters and digits follow each other as no name does: base64, base62. Lower case with digits
 * is what pods are called by, so that it has to look otherwise to be one.
 */
export const looksRandom = (run: string): boolean => {
  if (run.length < LEAST) return false
  const classes = Array.from(run, classOf).filter(one => one !== undefined)
  if (!classes.includes('upper')) return false
  const changes = classes.filter((one, at) => at > 0 && one !== classes[at - 1]).length
  const least = classes.includes('digit') ? LEAST_CHANGES : LEAST_CHANGES_OF_LETTERS
  return changes >= classes.length * least
}
