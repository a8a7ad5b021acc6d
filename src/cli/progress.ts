import ora from 'ora'

/** What is done by then needs no word. */
const PATIENCE_MS = 1_000

/** Where progress is told, and whether in colour. */
export interface ProgressOutput {
  readonly stream: NodeJS.WritableStream
  readonly hasColours: boolean
}

/** Says what is waited for once it takes longer than a second: a spinner on a terminal, a line elsewhere. */
export const whileWaiting = async <T>(
  text: string,
  { stream, hasColours }: ProgressOutput,
  work: () => Promise<T>,
): Promise<T> => {
  const spinner = ora({
    text: `${text} …`,
    stream,
    // Interrupting has to end the program, which it does not when the spinner reads the keyboard.
    discardStdin: false,
    ...(hasColours ? {} : { color: false }),
  })
  const timer = setTimeout(() => spinner.start(), PATIENCE_MS)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
    if (spinner.isSpinning) spinner.stop()
  }
}
