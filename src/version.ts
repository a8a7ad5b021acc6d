import { readFileSync } from 'node:fs'

/** The version of this program, of package.json beside its folder. */
export const version = (): string => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
