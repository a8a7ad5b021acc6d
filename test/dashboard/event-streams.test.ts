import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Test, t } from 'tap'
import { EventStreams, eventOf } from '../../src/dashboard/event-streams.ts'

const open = async (t: Test) => {
  const streams = new EventStreams()
  const server = createServer((_, response) =>
    streams.add(response, { 'x-own': 'yes' }, ['first\n']),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answers: IncomingMessage[] = []
  t.teardown(() => {
    for (const answer of answers) answer.destroy()
    server.closeAllConnections()
    server.close()
  })
  const connect = async () => {
    const [answer] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [IncomingMessage]
    answers.push(answer)
    return answer
  }
  return { streams, connect }
}

const read = async (answer: IncomingMessage, until: string) => {
  let text = ''
  answer.setEncoding('utf8')
  while (!text.includes(until)) text += String((await once(answer, 'data'))[0])
  return text
}

t.test('a stream begins with how to come back, and what there is', async t => {
  const { streams, connect } = await open(t)
  const answer = await connect()
  t.match(answer.headers, { 'content-type': 'text/event-stream; charset=utf-8', 'x-own': 'yes' })
  t.equal(await read(answer, 'first\n'), 'retry: 1000\n\nfirst\n')
  const heard = read(answer, '\n\n')
  streams.send(eventOf('status', { a: 'x\ny' }))
  t.equal(await heard, 'event: status\ndata: {"a":"x\\ny"}\n\n')
})

t.test('one that is closed is forgotten, and all end together', async t => {
  const { streams, connect } = await open(t)
  const [first, second] = [await connect(), await connect()]
  t.equal(streams.count, 2)
  first.destroy()
  while (streams.count > 1) await new Promise(done => setTimeout(done, 5))
  const ended = once(second, 'close').catch(() => {})
  second.on('error', () => {})
  second.resume()
  streams.close()
  await ended
  t.equal(second.complete, false)
})

t.test('there is room for a few', async t => {
  const { streams, connect } = await open(t)
  for (let at = 0; at < 15; at++) await connect()
  t.notOk(streams.isFull)
  await connect()
  t.ok(streams.isFull)
})

t.test('who does not read is let go, and may come back', async t => {
  const { streams, connect } = await open(t)
  const answer = await connect()
  answer.pause()
  const closed = once(answer.socket, 'close')
  const much = 'x'.repeat(40 * 1024 * 1024)
  streams.send(much)
  t.equal(streams.count, 1)
  streams.send('one more')
  answer.on('error', () => {})
  answer.resume()
  await closed
  t.equal(streams.count, 0)
})
