/**
 * A question about an object that is never changed, and perhaps of something beside it, with the answer to what was
 * asked last: a review asks the same again and again. A map of all would keep the garbage collector busy.
 */
export const remembered = <Of extends object, Answer, Beside = void>(
  answer: (of: Of, beside: Beside) => Answer,
): ((of: Of, beside: Beside) => Answer) => {
  let last: { readonly of: Of; readonly beside: Beside; readonly found: Answer } | undefined
  return (of, beside) => {
    if (last?.of === of && last.beside === beside) return last.found
    const found = answer(of, beside)
    last = { of, beside, found }
    return found
  }
}

/** The same with the answer for each of several objects, as long as anybody else holds them: for few, or asked of seldom. */
export const rememberedOfEach = <Of extends object, Answer>(
  answer: (of: Of) => Answer,
): ((of: Of) => Answer) => {
  const known = new WeakMap<Of, Answer>()
  return of => {
    const before = known.get(of)
    if (before !== undefined) return before
    const found = answer(of)
    known.set(of, found)
    return found
  }
}
