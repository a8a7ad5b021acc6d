import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.ts'
import { noticesFor, packagesIn } from './notices.ts'

// Builds the program: npm run build -- --out FOLDER
const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } })
const root = fileURLToPath(new URL('..', import.meta.url))
const { out } = values

// A chunk of an earlier build would stay: its name has the hash of what is in it.
rmSync(out, { recursive: true, force: true })
const metafile = await bundle({ root, out })
const packages = packagesIn(metafile)
writeFileSync(join(out, 'THIRD-PARTY-NOTICES.txt'), `${noticesFor(root, packages)}\n`)
const files = Object.keys(metafile.outputs).length
console.log(`${out}: ${files} files, of our sources and ${packages.length} packages`)
