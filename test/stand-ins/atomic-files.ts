import {
  existsSync,
  mkdtempSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'

export type Files = Readonly<Record<string, string | Uint8Array>>

const CURRENT = '..data'

/** Moves a link into place, which nobody ever finds missing. */
const relink = (target: string, link: string) => {
  symlinkSync(target, `${link}_tmp`)
  renameSync(`${link}_tmp`, link)
}

/** As the kubelet does it: each file is a link through one link, and so all change at once. */
export const replaceFiles = (folder: string, files: Files) => {
  const current = join(folder, CURRENT)
  const old = existsSync(current) ? join(folder, readlinkSync(current)) : undefined
  const fresh = mkdtempSync(`${folder}/..`)
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(fresh, name), content, { mode: 0o600 })
  relink(basename(fresh), current)
  for (const name of Object.keys(files))
    if (!existsSync(join(folder, name))) symlinkSync(join(CURRENT, name), join(folder, name))
  if (old !== undefined) rmSync(old, { recursive: true })
}
