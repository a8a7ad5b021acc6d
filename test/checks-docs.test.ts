import { readFileSync } from 'node:fs'
import { t } from 'tap'
import { CHECK_GROUPS } from '../src/core/checks.ts'

// The reference and the code, compared in both directions.
const text = readFileSync(new URL('../docs/reference/checks.md', import.meta.url), 'utf8')
const sections = text.split(/^### /m).slice(1)
const WHEN = { before: ' · with `--pre` only', after: ' · not with `--pre`' }
const checks = CHECK_GROUPS.flatMap(group => group.checks)

t.test(
  'every check has its section, in the order of the report, and no section is left over',
  async t => {
    t.strictSame(
      sections.map(section => section.split('\n')[0]),
      checks.map(({ id }) => id),
    )
  },
)

t.test('groups are the headings', async t => {
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
  t.strictSame(
    headings,
    CHECK_GROUPS.map(({ title }) => title),
  )
})

for (const { id, title, severity, when } of checks)
  t.test(`${id} says what it is, what it looks at, why, and what to do`, async t => {
    const [section = ''] = sections.filter(one => one.startsWith(`${id}\n`))
    t.ok(section.includes(`**${title}** · ${severity}${when ? WHEN[when] : ''}\n`), title)
    for (const part of ['Looks at', 'Why', 'Do'])
      t.match(section, new RegExp(`^- ${part}: \\S.+$`, 'm'))
  })
