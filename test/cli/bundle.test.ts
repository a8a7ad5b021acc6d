import { strFromU8, unzipSync } from 'fflate'
import { t } from 'tap'
import { type BundleContent, packBundle } from '../../src/cli/bundle.ts'

const TIME = new Date('2026-11-28T09:14:17Z')
const read = (content: BundleContent) =>
  Object.fromEntries(
    Object.entries(unzipSync(packBundle(content, TIME, '1.2.3'))).map(([name, bytes]) => [
      name,
      strFromU8(bytes),
    ]),
  )
const file = (path: string, text: string) => ({ path, about: `about ${path}`, text })

t.test('the index says what is in it, what is not, and what was redacted', async t => {
  const files = [file('a.txt', 'é'), file('logs/b.log', 'b')]
  const read1 = read({ files, missing: [{ what: 'c.txt', why: 'not allowed' }] })
  t.equal(read1['a.txt'], 'é')
  t.equal(read1['logs/b.log'], 'b')
  t.match(
    read1['README.txt'],
    /^Support bundle of gloo-istio 1\.2\.3, collected 2026-11-28T09:14:17/,
  )
  t.match(read1['README.txt'], '\n  a.txt       about a.txt\n  logs/b.log  about logs/b.log\n')
  t.match(read1['README.txt'], '\nNot here, or not whole:\n  c.txt: not allowed\n')
  t.match(read1['README.txt'], /Redacted, each as <redacted: N bytes>:/)
  t.match(read({ files: [], missing: [] })['README.txt'], 'Nothing is missing.')
})

t.test('what is too long keeps its end, and that is said', async t => {
  const MEBI = 1024 * 1024
  const long = `begin${'x'.repeat(8 * MEBI)}end`
  const found = read({ files: [file('long', long)], missing: [] })
  t.equal(found['long']?.length, 8 * MEBI)
  t.match(found['long']?.slice(-4), 'xend')
  t.match(found['README.txt'], /\n {2}long: too long: only its last 8388608 characters are here\n/)
  const many = Array.from({ length: 10 }, (_, at) => file(`f${at}`, 'x'.repeat(8 * MEBI)))
  const all = read({ files: many, missing: [] })
  t.equal(all['f7']?.length, 8 * MEBI)
  t.equal(all['f9'], '')
  t.match(all['README.txt'], /\n {2}f9: too long: only its last 0 characters are here\n/)
})
