import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { t } from 'tap'

const MODULE = new URL('../../src/telemetry/standard-output.ts', import.meta.url).href

/** Writes lines of 1 KiB, and says on standard error how many bytes wait at the end. */
const script = (lines: number) => `
  import { standardOutput } from '${MODULE}'
  const { write } = standardOutput()
  for (let at = 0; at < ${lines}; at++) {
    write('x'.repeat(1023) + '\\n')
    if (at % 10 === 0) await new Promise(setImmediate)
  }
  process.stderr.write(String(process.stdout.writableLength ?? 0))
`

const writing = (lines: number, stdout: number | 'pipe') => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(lines)], {
    stdio: ['ignore', stdout, 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const said = text(child.stderr ?? Readable.from([]))
  return { child, end: async () => ({ code: (await once(child, 'exit'))[0], said: await said }) }
}

t.test('every line reaches a file', async t => {
  const file = join(t.testdir(), 'log')
  const { code } = await writing(100, openSync(file, 'w')).end()
  t.equal(code, 0)
  t.equal(readFileSync(file, 'utf8'), `${'x'.repeat(1023)}\n`.repeat(100))
})

t.test('every line reaches who reads a pipe', async t => {
  const { child, end } = writing(2_000, 'pipe')
  const read = text(child.stdout ?? Readable.from([]))
  const { code } = await end()
  t.equal(code, 0)
  t.equal((await read).length, 2_000 * 1024)
})

t.test('a disk that is full ends nothing', async t => {
  const { code, said } = await writing(100, openSync('/dev/full', 'w')).end()
  t.strictSame({ code, said }, { code: 0, said: '0' })
})

t.test('a reader who has gone ends nothing', async t => {
  const { child, end } = writing(2_000, 'pipe')
  child.stdout?.destroy()
  const { code } = await end()
  t.equal(code, 0)
})

t.test('a reader who reads no more holds up nothing, and not all is kept for him', async t => {
  const { child } = writing(20_000, 'pipe')
  const said = once(child.stderr ?? child, 'data')
  child.stdout?.pause()
  const waiting = Number(String((await said)[0]))
  t.ok(waiting > 1024 * 1024, `${waiting} bytes wait`)
  t.ok(waiting <= 4 * 1024 * 1024 + 1024, `${waiting} bytes wait`)
})
