import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file of this machine, and where it goes in the image. */
type Placed = readonly [from: string, to: string]

const outputOf = (file: string, ...args: string[]): string =>
  spawnSync(file, args, { encoding: 'utf8' }).stdout?.trim() ?? ''

/** The shared libraries of programs and the loader, which stay where they are. */
const librariesOf = (...programs: readonly string[]): readonly Placed[] =>
  [...outputOf('ldd', ...programs).matchAll(/(?<=\s)\/\S+(?= \(0x)/g)].map(([path]) => [path, path])

const node = realpathSync(process.execPath)
const shell = realpathSync('/bin/sh')

/** The folder of npm, from its program, which is a link to a file in it. */
const npmFolder = (): string => dirname(dirname(realpathSync(outputOf('which', 'npm'))))

/** Authorities that this machine's npm trusts beside Node's own. */
const extraAuthorities = (): readonly Placed[] => {
  const file = process.env['NODE_EXTRA_CA_CERTS']
  return file !== undefined && existsSync(file) ? [[realpathSync(file), '/etc/extra-ca.pem']] : []
}

const NPM = '/usr/local/lib/npm'
const NPM_SCRIPT = `#!/bin/sh\nexec /usr/local/bin/node ${NPM}/bin/npm-cli.js "$@"\n`

/** The folder in build containers where this machine's npm keeps what it fetched before. */
export const NPM_CACHE = '/npm-cache'
export const npmCache = (): string => outputOf('npm', 'config', 'get', 'cache')

const buildEnvironment = (): readonly string[] => [
  'PATH=/usr/local/bin:/bin',
  'HOME=/root',
  `npm_config_cache=${NPM_CACHE}`,
  `npm_config_registry=${outputOf('npm', 'config', 'get', 'registry')}`,
  ...extraAuthorities().map(([, to]) => `NODE_EXTRA_CA_CERTS=${to}`),
]

const place = (folder: string, files: readonly Placed[]): void => {
  for (const [from, to] of files) {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    copyFileSync(from, join(folder, to))
  }
}

/** Stands in for the image of Node with a shell and npm; its Dockerfile is in the folder. */
export const writeBuildBase = (folder: string): void => {
  const root = join(folder, 'root')
  place(root, [
    [node, '/usr/local/bin/node'],
    [shell, '/bin/sh'],
    ...librariesOf(node, shell),
    ...extraAuthorities(),
  ])
  cpSync(npmFolder(), join(root, NPM), { recursive: true, dereference: true })
  writeFileSync(join(root, 'usr/local/bin/npm'), NPM_SCRIPT, { mode: 0o755 })
  for (const empty of ['root', 'tmp']) mkdirSync(join(root, empty))
  const environment = buildEnvironment().map(variable => `ENV ${variable}\n`)
  writeFileSync(join(folder, 'Dockerfile'), `FROM scratch\nCOPY root/ /\n${environment.join('')}`)
}

/** Stands in for distroless: Node where it has it, and nothing else. */
export const writeRuntimeBase = (folder: string): void => {
  place(join(folder, 'root'), [[node, '/nodejs/bin/node'], ...librariesOf(node)])
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY root/ /\n')
}
