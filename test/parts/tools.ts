import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Tool } from './part.ts'

const succeeds = (file: string, args: readonly string[]): boolean =>
  spawnSync(file, args, { stdio: 'ignore' }).status === 0

/** -1 for a version that cannot be read, so that it is never new enough. */
const minorOf = (text: string): number => {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? []
  return major === undefined ? -1 : Number(major) * 1000 + Number(minor)
}

/** Asked in the module's own folder: there a Go that fetches newer toolchains answers for them. */
const hasGo = (goMod: string, wanted: string): boolean => {
  const env = { ...process.env, GOWORK: 'off' }
  const { stdout } = spawnSync('go', ['env', 'GOVERSION'], { cwd: dirname(goMod), env })
  return minorOf(String(stdout ?? '')) >= minorOf(wanted)
}

export const goFor = (goMod: string): Tool => {
  const [, version = ''] = /^go (\d+\.\d+)/m.exec(readFileSync(goMod, 'utf8')) ?? []
  return {
    name: `Go ${version} or newer`,
    install: 'https://go.dev/dl',
    isPresent: () => hasGo(goMod, version),
  }
}

/** Debian and Ubuntu ship Python without the two modules that make a virtual environment. */
export const python3: Tool = {
  name: 'Python 3 with venv',
  install: 'https://www.python.org/downloads, or apt install python3-venv',
  isPresent: () => succeeds('python3', ['-c', 'import venv, ensurepip']),
}

export const npm: Tool = {
  name: 'npm',
  install: 'https://nodejs.org',
  isPresent: () => succeeds('npm', ['--version']),
}

/** For what is published as a binary, and for these machines only. */
export const linuxOn = (...architectures: readonly string[]): Tool => ({
  name: `Linux on ${architectures.join(' or ')}`,
  install: 'it is published for no other machine; run the tests on such a one',
  isPresent: () => process.platform === 'linux' && architectures.includes(process.arch),
})
