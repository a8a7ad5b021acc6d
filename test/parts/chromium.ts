import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { apt, isRunnable, onPath, rootOnDebian } from './debian.ts'
import { type Part, PartsError } from './part.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The browser of this machine: the one that is named, else what there is on the PATH. */
const findBrowser = (): string | undefined => {
  const { CHROME_BIN: named } = process.env
  return named && isRunnable(named) ? named : onPath(...NAMES)
}

export const chromium: Part<{ chromium: string }> = {
  name: 'chromium',
  version: 'of this machine',
  about: 'the browser that the dashboard is tested in, from Debian: about a minute',
  tools: [rootOnDebian('Chromium', 'apt install chromium, or name a browser by CHROME_BIN')],
  binaries: at => ({ chromium: findBrowser() ?? at('chromium') }),
  make: async folder => {
    await apt(['update'])
    await apt(['install', '-y', '--no-install-recommends', 'chromium'])
    const found = findBrowser()
    if (found === undefined)
      throw new PartsError('Debian’s chromium is installed, but not on the PATH')
    symlinkSync(found, join(folder, 'chromium'))
  },
}
