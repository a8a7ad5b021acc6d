import type { ServerResponse } from 'node:http'

/** A few windows of one person; each holds a socket and what was not read yet. */
const STREAMS_MAX = 16
/** Whoever leaves so much unread is better off with everything anew. Bytes. */
const UNREAD_MAX = 32 * 1024 * 1024
/** After a connection that broke. Milliseconds. */
const RETRY_MS = 1000

/** An event of Server-Sent Events: JSON has no line breaks of its own. */
export const eventOf = (name: string, content: unknown): string =>
  `event: ${name}\ndata: ${JSON.stringify(content)}\n\n`

/** The pages that are open, each told of what happens. */
export class EventStreams {
  readonly #open = new Set<ServerResponse>()

  get count(): number {
    return this.#open.size
  }

  get isFull(): boolean {
    return this.#open.size >= STREAMS_MAX
  }

  /** Begins one with these events. */
  add(
    stream: ServerResponse,
    headers: Readonly<Record<string, string>>,
    events: readonly string[],
  ): void {
    stream.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' })
    stream.write(`retry: ${RETRY_MS}\n\n${events.join('')}`)
    this.#open.add(stream)
    stream.once('close', () => this.#open.delete(stream))
  }

  send(event: string): void {
    for (const stream of this.#open)
      if (stream.writableLength > UNREAD_MAX) stream.destroy()
      else stream.write(event)
  }

  close(): void {
    for (const stream of this.#open) stream.destroy()
  }
}
