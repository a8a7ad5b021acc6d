import { t } from 'tap'
import { isSameVersion, numbersIn, parseVersion, within } from '../../src/core/version.ts'

const versions: readonly [unknown, string | undefined][] = [
  ['1.17.3', '1 17 3'],
  ['v1.17.3', '1 17 3'],
  ['1.17', '1 17 -'],
  ['v0.13', '0 13 -'],
  ['1.0.0-rc2', '1 0 0'],
  ['1.5.0-beta20', '1 5 0'],
  ['1.17.3-distroless', '1 17 3'],
  ['1.17-distroless', '1 17 -'],
  ['1.10.4+build.7', '1 10 4'],
  ['1.4.10-gke.1', '1 4 10'],
  ['1.10.100', '1 10 100'],
  ['1.17.x', '1 17 -'],
  ['latest', undefined],
  ['', undefined],
  ['1', undefined],
  ['v', undefined],
  ['1.', undefined],
  ['.1.2', undefined],
  ['1.x.2', undefined],
  ['-1.2.3', undefined],
  [' 1.2.3', undefined],
  ['1.2\n', undefined],
  ['release-1.17', undefined],
  [1.17, undefined],
  [undefined, undefined],
  [null, undefined],
  [{}, undefined],
]
for (const [text, expected] of versions)
  t.test(`${JSON.stringify(text)} is ${expected ?? 'no version'}`, async t => {
    const found = parseVersion(text)
    t.equal(found && `${found.major} ${found.minor} ${found.patch ?? '-'}`, expected)
    if (found) t.equal(found.text, text, 'and keeps its text for messages')
  })

// range | versions in it | versions outside | versions that are too vague to tell
const ranges: readonly [string, string, string, string][] = [
  ['any', '0.0.0 0.13 1.22.1 99.99.99', '', ''],
  ['1.5.0+', '1.5.0 1.5 1.5.20 1.10.0 2.0.0 2.0', '1.4.99 0.21.3 1.4 0.9', ''],
  ['1.5.20+', '1.5.20 1.5.21 1.6.0 1.6', '1.5.19 1.4 1.4.99', '1.5'],
  ['1.5+', '1.5 1.5.0 1.31 2.0', '1.4 1.4.10 0.99', ''],
  ['1.1', '1.1 1.1.0 1.1.17', '1.0 1.0.9 1.2 1.2.0 1.10 1.11 0.1 2.1', ''],
  ['1.0 - 1.4', '1.0 1.0.0 1.4 1.4.10 1.3.5', '0.8 0.8.0 1.5 1.5.0 1.10 2.0', ''],
  ['0.0 - 1.9.7', '0.0.0 0.13.13 1.0 1.8 1.9.0 1.9.7', '1.9.8 1.10 1.10.0 2.0', '1.9'],
  ['1.10.0 - 1.10.5', '1.10.0 1.10.5', '1.9 1.9.99 1.10.6 1.11', '1.10'],
  ['1.5.20 - 1.5', '1.5.20 1.5.99', '1.5.19 1.6.0 1.4', '1.5'],
  ['0.11.2 - 1.5', '0.11.2 0.12 1.5 1.5.99', '0.11.1 0.10 1.6.0 1.6', '0.11'],
  ['1.0.0 - 1.0.0', '1.0.0', '1.0.1 0.99', '1.0'],
  ['0.0 - 1.9.7, 1.10.0 - 1.10.5', '1.9.7 1.10.5 1.8', '1.9.8 1.10.6 1.11 1.11.0', '1.9 1.10'],
  ['1.9.23 - 1.9, 1.10.36 - 1.10, 1.12.4+', '1.9.23 1.10.36 1.13', '1.9.22 1.11.99', '1.9 1.12'],
  ['1.0 - 1.9.7, 1.9', '1.9', '1.10', ''],
]
for (const [range, inside, outside, vague] of ranges)
  t.test(`${range} has its edges where it says`, async t => {
    const answers = { true: inside, false: outside, undefined: vague }
    for (const [expected, list] of Object.entries(answers))
      for (const text of list.split(' ').filter(part => part !== '')) {
        const version = parseVersion(text)
        t.equal(String(version && within(range, version)), expected, text)
        t.ok(version)
      }
  })

const VAGUE = { text: '1.3', major: 1, minor: 3, patch: undefined }
for (const range of ['', 'none', '1', '1.0 to 1.4', '1.0 - ', '+', ' - 1.4'])
  t.test(`${JSON.stringify(range)} is no range, whatever version is asked for`, async t =>
    t.throws(() => within(range, VAGUE), /not a bound of a range/),
  )

t.test('a version tells its numbers, without the variant of an image', async t => {
  t.equal(numbersIn(parseVersion('v1.22.3-distroless')), '1.22.3')
  t.equal(numbersIn(parseVersion('1.17')), '1.17')
  t.equal(numbersIn(undefined), undefined)
})

t.test('versions are the same to the letter, or both unknown', async t => {
  const version = parseVersion('1.17.3')
  t.ok(isSameVersion(version, parseVersion('1.17.3')))
  t.ok(isSameVersion(undefined, undefined))
  t.notOk(isSameVersion(version, undefined))
  t.notOk(isSameVersion(version, parseVersion('v1.17.3')))
  t.notOk(isSameVersion(version, version && { ...version, patch: undefined }))
})
