import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PageFile {
  readonly type: string
  readonly body: string
}

const SCRIPT = 'text/javascript; charset=utf-8'
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': SCRIPT,
  '.svg': 'image/svg+xml',
}

/** What the page consists of, by name. Run from source, its modules are served without their types. */
export const readPageFiles = (folder: URL): ReadonlyMap<string, PageFile> =>
  new Map(
    readdirSync(folder).flatMap(name => {
      const text = () => readFileSync(fileURLToPath(new URL(name, folder)), 'utf8')
      const type = TYPES[extname(name)]
      if (type !== undefined) return [[name, { type, body: text() }] as const]
      if (extname(name) !== '.ts') return []
      const script = { type: SCRIPT, body: stripTypeScriptTypes(text()) }
      // The document asks for `main.js`, which is all that a build leaves of them.
      return [name, name.replace(/\.ts$/, '.js')].map(called => [called, script] as const)
    }),
  )
