import { spawnSync } from 'node:child_process'
import { accessSync, constants, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow } from './command.ts'
import { type Part, PartsError, type Tool } from './part.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const isRunnable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The browser of this machine: the one that is named, else what there is on the PATH. */
const findBrowser = (): string | undefined => {
  const { CHROME_BIN: named, PATH = '' } = process.env
  const places = PATH.split(':').flatMap(folder => NAMES.map(name => join(folder, name)))
  return [...(named ? [named] : []), ...places].find(isRunnable)
}

const rootOnDebian: Tool = {
  name: 'Chromium, or root on Debian to install it',
  install: 'apt install chromium, or name a browser by CHROME_BIN',
  isPresent: () =>
    process.getuid?.() === 0 &&
    spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0,
}

const apt = (...args: string[]) =>
  runOrThrow({
    file: 'apt-get',
    args: ['-qq', ...args],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })

export const chromium: Part<{ chromium: string }> = {
  name: 'chromium',
  version: 'of this machine',
  about: 'the browser that the dashboard is tested in, from Debian: about a minute',
  tools: [rootOnDebian],
  binaries: at => ({ chromium: findBrowser() ?? at('chromium') }),
  make: async folder => {
    await apt('update')
    await apt('install', '-y', '--no-install-recommends', 'chromium')
    const found = findBrowser()
    if (found === undefined)
      throw new PartsError('Debian’s chromium is installed, but not on the PATH')
    symlinkSync(found, join(folder, 'chromium'))
  },
}
