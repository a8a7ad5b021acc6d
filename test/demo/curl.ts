import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../parts/command.ts'
import { narrator as say } from './narrator.ts'

const SETTLE_MS = 30_000

interface Answer {
  readonly status: number
  readonly body: string
}

/** By curl where there is one, as a user would; else by Node, which says so. */
const curl = async (url: string): Promise<Answer> => {
  const args = ['-s', '-m', '10', '-w', '\n%{http_code}', url]
  const out = await run({ file: 'curl', args }).catch(() => undefined)
  if (out === undefined) {
    say.note('curl is not installed here: Node asks instead')
    const response = await fetch(url)
    return { status: response.status, body: await response.text() }
  }
  const lines = out.stdout.split('\n')
  return { status: Number(lines.at(-1)), body: lines.slice(0, -1).join('\n') }
}

/** Gloo and Envoy take a moment after each change. */
export const until = async (what: string, isTrue: () => Promise<boolean>) => {
  const deadline = Date.now() + SETTLE_MS
  while (!(await isTrue()))
    if (Date.now() > deadline) throw new Error(`not after ${SETTLE_MS / 1000} s: ${what}`)
    else await sleep(200)
}

export const curlUntil = async (url: string, status: number) => {
  let answer: Answer = { status: 0, body: '' }
  await until(`HTTP ${status} from ${url}`, async () => {
    answer = await curl(url)
    return answer.status === status
  })
  say.command(`curl ${url}`)
  say.answer(answer.status, answer.body)
}
