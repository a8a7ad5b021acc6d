import type { Changes, Status } from '../core/dashboard.ts'

export interface Heard {
  /** Everything there is, after each connection that was made. */
  readonly onAll: (changes: Changes) => void
  readonly onChanges: (changes: Changes) => void
  readonly onStatus: (status: Status) => void
  /** The dashboard itself does not answer. */
  readonly onLost: () => void
}

const RETRY_MS = 2000

/** Listens to the dashboard for as long as the page is open, through whatever breaks. */
export const listen = (heard: Heard): void => {
  const source = new EventSource('events')
  const on = (name: string, take: (content: never) => void) =>
    source.addEventListener(name, ({ data }: MessageEvent<string>) =>
      take(JSON.parse(data) as never),
    )
  on('all', heard.onAll)
  on('changes', heard.onChanges)
  on('status', heard.onStatus)
  source.addEventListener('error', () => {
    heard.onLost()
    // It tries again by itself, but not after an answer that is none of events.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(heard), RETRY_MS)
  })
}
