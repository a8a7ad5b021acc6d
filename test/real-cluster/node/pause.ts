import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageBuilder } from '../builder.ts'
import { PAUSE_IMAGE } from './containerd.ts'

const DOCKERFILE = 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n'

/** Makes the image of a pod's first process; returns its archive. */
export const buildPause = async (dir: string, pause: string): Promise<string> => {
  const context = join(dir, 'pause')
  mkdirSync(context)
  copyFileSync(pause, join(context, 'pause'))
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  const builder = imageBuilder(join(dir, 'pause-image'))
  await builder.build({ name: PAUSE_IMAGE, context })
  return builder.archive(PAUSE_IMAGE)
}
