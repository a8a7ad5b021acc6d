import { spawnSync } from 'node:child_process'
import { nothing, type Tally } from './tally.ts'

const SCRIPTS = ['typecheck', 'lint']

/** Types and lint, each counted as one check; what they find they print themselves. */
export const runStaticChecks = (): Tally => {
  console.log('\ntypes and lint')
  const failed = SCRIPTS.filter(
    script => spawnSync('npm', ['run', '--silent', script], { stdio: 'inherit' }).status !== 0,
  )
  const failures = failed.map(script => ({
    name: `npm run ${script}`,
    detail: 'it says above what is wrong',
  }))
  return { ...nothing, passed: SCRIPTS.length - failed.length, failures }
}
