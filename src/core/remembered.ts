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
