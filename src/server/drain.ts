import { setTimeout as sleep } from 'node:timers/promises'

export interface DrainPorts {
  /** Stops listening and waits for what is under way. */
  readonly close: () => Promise<unknown>
  /** Closes every connection at once. */
  readonly cut: () => void
  /** Milliseconds that a request which has begun may still take once no new connections are taken. */
  readonly lastAnswers: number
}

export interface Drain {
  readonly isOn: () => boolean
  /**
   * For `milliseconds` the webhook is not ready, but answers, and closes each connection with its answer.
   * Then it takes no new connections, and waits a little for what is under way. Again: the same end.
   */
  readonly begin: (milliseconds: number) => Promise<void>
  /** Ends at once, whatever is under way. */
  readonly cut: () => Promise<void>
}

/**
 * How a webhook goes without losing a review: the API server goes on using the connections that it has to a
 * pod which is no longer an endpoint (kubernetes#127335), until an answer says that they end.
 */
export const drainWith = ({ close, cut, lastAnswers }: DrainPorts): Drain => {
  const end = new AbortController()
  let drained: Promise<void> | undefined
  const begin = async (milliseconds: number) => {
    const { signal } = end
    await sleep(milliseconds, undefined, { signal }).catch(() => {})
    const closed = close()
    const late = setTimeout(cut, signal.aborted ? 0 : lastAnswers)
    signal.addEventListener('abort', cut)
    await closed
    clearTimeout(late)
  }
  const drain = (milliseconds: number) => {
    drained ??= begin(milliseconds)
    return drained
  }
  return {
    isOn: () => drained !== undefined,
    begin: drain,
    cut: () => {
      end.abort()
      return drain(0)
    },
  }
}
