import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { GROUPS } from './faults/groups.ts'
import { reliabilityPage, seenOn } from './faults/reliability.ts'
import { readResults } from './faults/results.ts'

const FOLDER = fileURLToPath(new URL('faults', import.meta.url))
const PAGE = fileURLToPath(new URL('../docs/reliability.md', import.meta.url))

const faults = GROUPS.flatMap(group => Object.entries(group.faults))
const read = (): string => (existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '')

t.test('no id is given twice, and none says what another says', t => {
  t.equal(new Set(faults.map(([id]) => id)).size, faults.length)
  t.equal(new Set(faults.map(([, { fault }]) => fault)).size, faults.length)
  for (const [id, { fault, expected }] of faults) {
    t.match(id, /^[A-Z]+-\d\d$/)
    for (const text of [fault, expected]) t.match(text, /^[^|\n]+[^|\n.]$/, id)
  }
  t.end()
})

t.test('each test file is a group, and proves each fault of it once', t => {
  t.strictSame(
    globSync('*.test.ts', { cwd: FOLDER }).toSorted(),
    GROUPS.map(({ file }) => `${file}.test.ts`).toSorted(),
  )
  for (const { file, faults: declared } of GROUPS) {
    const text = readFileSync(join(FOLDER, `${file}.test.ts`), 'utf8')
    const proved = [...text.matchAll(/^ +'([A-Z]+-\d\d)':/gm)].map(([, id = '']) => id)
    t.strictSame(proved.toSorted(), Object.keys(declared).toSorted(), basename(file))
  }
  t.end()
})

// `FAULTS_UPDATE=1` writes it there, with what was seen since.
t.test('the page tells of every fault that is declared, and what was seen', t => {
  const known = seenOn(read())
  if (process.env['FAULTS_UPDATE'] === '1')
    writeFileSync(PAGE, reliabilityPage(GROUPS, new Map([...known, ...readResults()])))
  const page = read()
  t.equal(page, reliabilityPage(GROUPS, seenOn(page)))
  const unseen = faults.map(([id]) => id).filter(id => !seenOn(page).get(id))
  t.strictSame(unseen, [], 'each was seen to hold')
  t.end()
})
