import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLI } from '../parts/program.ts'

/** Why tests with a shell are skipped; false where it is there. Made for tap's option `skip`. */
export const skipWithout = (shell: string): string | false =>
  spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0
    ? false
    : `needs ${shell} (apt install ${shell})`

const NAMES = ['gloo-istio', 'kubectl-gloo_istio', 'kubectl_complete-gloo_istio']

/** A folder for the PATH with the program under each of its names, as npm links it. */
export const installIn = (dir: string): string => {
  const [bin, links] = [join(dir, 'bin'), join(dir, 'links')]
  for (const folder of [bin, links]) mkdirSync(folder, { recursive: true })
  for (const name of NAMES) {
    symlinkSync(CLI, join(links, name))
    const script = `#!/bin/sh\nexec '${process.execPath}' '${join(links, name)}' "$@"\n`
    writeFileSync(join(bin, name), script, { mode: 0o755 })
  }
  return bin
}
