import { installedIn, type Lockfile, nameOf } from './lockfile.ts'

/** Licences that ask for no more than to be named, by their SPDX identifiers. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Zlib',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
])

/** Packages of development that were looked at one by one; none of them is part of the program. */
const LOOKED_AT: Readonly<Record<string, string>> = {
  'axe-core@4.14.1': 'MPL-2.0: run beside a page in tests, not changed',
  'jsonc-simple-parser@3.0.0': 'MIT by its file "license"; package.json says nothing',
  'spdx-exceptions@2.5.0': 'CC-BY-3.0: a list of names, no code',
}

/** Of an SPDX expression; one that nests is refused, so that a person looks at it. */
export const isAllowed = (expression: string): boolean => {
  const inner = expression.replace(/^\((.*)\)$/, '$1')
  if (/[()]/.test(inner)) return false
  return inner.split(' OR ').some(all => all.split(' AND ').every(id => ALLOWED.has(id)))
}

/** The packages whose licence nobody has agreed to, a sentence each. */
export const licenceProblems = (lockfile: Lockfile): readonly string[] =>
  installedIn(lockfile).flatMap(([folder, { version, license = '', dev }]) => {
    const name = `${nameOf(folder)}@${version}`
    if (isAllowed(license) || (dev && Object.hasOwn(LOOKED_AT, name))) return []
    const use = dev ? 'development' : 'the program'
    return [`${name}, for ${use}: licence ${license || 'not told'} is not on the list`]
  })
