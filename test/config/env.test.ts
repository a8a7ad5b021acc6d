import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { ReadError, readText } from '../../src/config/env.ts'

t.test('a file is read, or the error names it', async t => {
  const file = join(t.testdir(), 'a.yaml')
  writeFileSync(file, 'a: 1\n')
  t.equal(await readText(file), 'a: 1\n')
  await t.rejects(readText(`${file}.gone`), ReadError)
  await t.rejects(readText(`${file}.gone`), { message: /^cannot read .*a.yaml.gone: ENOENT/ })
})
