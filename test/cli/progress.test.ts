import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { whileWaiting } from '../../src/cli/progress.ts'

const listen = (isTerminal = false) => {
  const terminal = {
    isTTY: true,
    columns: 80,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  }
  const stream = Object.assign(new PassThrough(), isTerminal ? terminal : {})
  const told: string[] = []
  stream.on('data', chunk => told.push(String(chunk)))
  return { stream, told: () => told.join('') }
}

t.test('what takes less than a second needs no word', async t => {
  const { stream, told } = listen()
  const result = await whileWaiting('Looking', { stream, hasColours: false }, async () => 7)
  await sleep(1_200)
  t.match({ result, told: told() }, { result: 7, told: '' })
})

t.test('what takes longer is told once, where nobody sees a spinner', async t => {
  const { stream, told } = listen()
  await whileWaiting('Looking', { stream, hasColours: false }, () => sleep(1_500))
  t.match(told(), /^- Looking …\n$/)
})

t.test('on a terminal it turns, and is gone in the end', async t => {
  const { stream, told } = listen(true)
  const isInteractive = process.env['CI'] === undefined && process.env['TERM'] !== 'dumb'
  await whileWaiting('Looking', { stream, hasColours: false }, () => sleep(1_500))
  t.match(told(), 'Looking …')
  t.notOk(told().includes('\u001b[3'), 'without colours')
  if (isInteractive) t.ok(told().split('Looking').length > 3, told())
})

t.test('what fails is handed on, and nothing is said after it', async t => {
  const { stream, told } = listen()
  const failing = whileWaiting('Looking', { stream, hasColours: true }, async () => {
    await sleep(1_100)
    throw new Error('no')
  })
  await t.rejects(failing, /^no$/)
  const so = told()
  await sleep(300)
  t.equal(told(), so)
})
