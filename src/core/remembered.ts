/**
 * A question about an object that is never changed, and the answer to the one that was asked about last: a
 * review asks the same of one object again and again. A map of all would keep the garbage collector busy.
 */
export const remembered = <Of extends object, Answer extends object | string>(
  answer: (of: Of) => Answer,
): ((of: Of) => Answer) => {
  let last: { readonly of: Of; readonly found: Answer } | undefined
  return of => {
    if (last?.of === of) return last.found
    const found = answer(of)
    last = { of, found }
    return found
  }
}
