import { type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ForwardPorts, forwardPort, type PodPort } from './port-forward.ts'

export interface PodAnswer {
  readonly status: number
  readonly text: string
}

export interface PodLimits {
  /** Milliseconds that one question may take, connection included. */
  readonly time: number
  /** Bytes of one answer. */
  readonly bytes: number
}

/** Asks a web server inside a pod, by a connection of its own. Throws as `forwardPort` does. */
export const getFromPod = async (
  ports: ForwardPorts,
  target: PodPort,
  path: string,
  { time, bytes }: PodLimits,
): Promise<PodAnswer> => {
  const signal = AbortSignal.timeout(time)
  try {
    const stream = await forwardPort(ports, target, signal)
    const answer = await answerTo(stream, target, path, signal).catch(error => {
      stream.destroy()
      throw error
    })
    return { status: answer.statusCode ?? 0, text: await readAtMost(answer, bytes) }
  } catch (error) {
    if (!signal.aborted) throw error
    throw new Error(`pod ${target.pod} did not answer within ${time / 1000} s`, { cause: error })
  }
}

const answerTo = (
  stream: Duplex,
  { port }: PodPort,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    if (stream.errored) throw stream.errored
    stream.once('error', reject)
    const options = { host: '127.0.0.1', port, path, signal, createConnection: () => stream }
    request(options, resolve).on('error', reject).end()
  })

/** Leaving the loop closes the connection. */
const readAtMost = async (answer: IncomingMessage, most: number): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > most) throw new RangeError(`the pod answered with more than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
