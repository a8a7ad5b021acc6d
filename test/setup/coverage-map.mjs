import { existsSync } from 'node:fs'

/** A unit test answers for all of the module it mirrors; suites over many modules answer for none. */
export default test => {
  const source = test.replace(/^test\//, 'src/').replace(/\.test\.ts$/, '.ts')
  return source.startsWith('src/core/') && existsSync(source) ? source : null
}
