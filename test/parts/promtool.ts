import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow } from './command.ts'
import { apt, onPath, rootOnDebian } from './debian.ts'
import type { Part } from './part.ts'

/** Taken out of Debian's package, which would start a whole Prometheus if it were installed. */
const make = async (folder: string, progress: (text: string) => void): Promise<void> => {
  progress('downloading')
  await apt(['update'])
  await apt(['-o', 'APT::Sandbox::User=root', 'download', 'prometheus'], folder)
  const [file = ''] = readdirSync(folder)
  const unpacked = join(folder, 'unpacked')
  await runOrThrow({ file: 'dpkg-deb', args: ['--extract', join(folder, file), unpacked] })
  renameSync(join(unpacked, 'usr', 'bin', 'promtool'), join(folder, 'promtool'))
  for (const left of [join(folder, file), unpacked]) rmSync(left, { recursive: true })
}

export const promtool: Part<{ promtool: string }> = {
  name: 'promtool',
  version: 'of this machine',
  about: 'Prometheus’ checker of rules, from Debian',
  tools: [rootOnDebian('promtool', 'apt install prometheus, or https://prometheus.io/download')],
  binaries: at => ({ promtool: onPath('promtool') ?? at('promtool') }),
  make,
}
