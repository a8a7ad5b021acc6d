import { join } from 'node:path'

/** Moves every path that a container mounts, wherever it stands in a value, below its root. */
export type Reroot = <T>(value: T) => T

const PATH = /^(unix:(?:\/\/)?)?(\/.*)$/s

/**
 * There are no mount namespaces here, so a path means the same in every process. A container that
 * is told of one of its mounts, by environment, arguments or configuration, is told where it really is.
 */
export const rerooter = (root: string, mountPaths: readonly string[]): Reroot => {
  const mounted = mountPaths.map(path => path.replace(/\/$/, ''))
  const isMounted = (path: string) =>
    mounted.some(mount => path === mount || path.startsWith(`${mount}/`))

  const move = (text: string) => {
    const [, scheme = '', path = ''] = PATH.exec(text) ?? []
    return isMounted(path) ? `${scheme}${join(root, path)}` : text
  }

  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return move(value)
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]))
  }

  // Strings become strings and the rest keeps its shape, which the compiler cannot see.
  return <T>(value: T) => walk(value) as T
}
