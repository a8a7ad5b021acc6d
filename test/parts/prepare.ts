import { Listr, type ListrTask } from 'listr2'
import { makeInCache } from './cache.ts'
import { PartsError } from './part.ts'
import { findMissing, type Located, locateParts, type PartName, parts, title } from './parts.ts'

const secondsBetweenLines = 10

const isFancy = (): boolean => process.stdout.isTTY && !process.env['CI']

/** A log keeps every line that a terminal would overwrite, so it gets one now and then. */
const sparingly = (show: (text: string) => void): ((text: string) => void) => {
  let last = 0
  return text => {
    if (!isFancy() && Date.now() - last < secondsBetweenLines * 1000) return
    last = Date.now()
    show(text)
  }
}

const taskFor = (name: PartName): ListrTask => ({
  title: `${title(name)}: ${parts[name].about}`,
  task: (_, task) =>
    makeInCache(
      parts[name],
      sparingly(text => {
        task.output = `${name}: ${text}`
      }),
    ),
})

const makeAll = async (names: readonly PartName[]): Promise<void> => {
  const tasks = new Listr(names.map(taskFor), {
    // Most wait for a download; what would be in each other's way waits for its turn by itself.
    concurrent: true,
    exitOnError: false,
    collectErrors: true,
    registerSignalListeners: false,
    fallbackRendererCondition: () => !isFancy(),
  })
  await tasks.run()
  const errors = tasks.errors ?? []
  if (errors.length === 0) return
  throw new PartsError(`could not make every part:\n${errors.map(e => e.message).join('\n')}`)
}

/**
 * Makes what this machine can make and does not have, and returns what there is then. A part whose
 * tools are missing stays out (`findMissing` names them); one that fails to be made is an error.
 */
export const prepareParts = async (names: readonly PartName[]): Promise<Located> => {
  const located = locateParts()
  const unmakeable = new Set(findMissing(names).map(missing => missing.part))
  const toMake = names.filter(name => located[name] === undefined && !unmakeable.has(name))
  if (toMake.length > 0) await makeAll(toMake)
  return locateParts()
}
