import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

const SETTLE_MS = 60_000
const PATIENCE_MS = 10_000

/** What came back, and what the service's sidecar saw of the gateway. */
export interface Answer {
  /** 0 where none came. */
  readonly status: number
  readonly identity: string | null
  readonly serial: string | null
  readonly text: string
}

const NOTHING = { status: 0, identity: null, serial: null }

/**
 * That the API server could not pass the request on is no answer of the gateway
 * (kubernetes@v1.37.2:staging/src/k8s.io/apimachinery/pkg/util/proxy/transport.go).
 */
const OF_API_SERVER = '{"kind":"Status"'

/** On a connection of its own. */
export const ask = async (url: string): Promise<Answer> => {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(url, { headers: { connection: 'close' }, signal })
    const header = (name: string) => response.headers.get(name)
    const [identity, serial] = [header('x-client-identity'), header('x-client-serial')]
    const text = await response.text()
    const status = text.startsWith(OF_API_SERVER) ? NOTHING.status : response.status
    return { status, identity, serial, text }
  } catch (error) {
    return { ...NOTHING, text: inspect(error) }
  }
}

/** Asks until the status is this one, or for so long that it will not be; answers the last. */
export const askFor = async (url: string, status: number): Promise<Answer> => {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const answer = await ask(url)
    if (answer.status === status || Date.now() > deadline) return answer
    await sleep(200)
  }
}

const WORKERS = 2
const PAUSE_MS = 20

/** Requests without an end, until it is stopped. */
export const startTraffic = (url: string) => {
  const stopping = new AbortController()
  const failures: string[] = []
  const serials = new Set<string>()
  let count = 0
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { status, serial, text } = await ask(url)
      count++
      if (serial !== null) serials.add(serial)
      if (status !== 200) failures.push(`${new Date().toISOString()} ${status} ${text}`)
      await sleep(PAUSE_MS)
    }
  }
  const working = Array.from({ length: WORKERS }, work)
  return {
    count: (): number => count,
    /** Of certificates that the gateway showed. */
    serials: (): readonly string[] => [...serials],
    /** When, and how. */
    failures: (): readonly string[] => failures,
    stop: async (): Promise<void> => {
      stopping.abort()
      await Promise.all(working)
    },
  }
}
