// Runs before there is any node_modules: plain JavaScript, Node's own modules, any Node from 20 on.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const oldestForNpm = 20
const root = fileURLToPath(new URL('../..', import.meta.url))

const fail = message => {
  console.error(`gloo-istio: ${message}`)
  process.exit(1)
}

const packagesIn = file => JSON.parse(readFileSync(`${root}${file}`, 'utf8')).packages

/** npm writes the second file last, and leaves out packages that are for other machines. */
const isInstalled = () => {
  if (!existsSync(`${root}node_modules/.package-lock.json`)) return false
  const installed = packagesIn('node_modules/.package-lock.json')
  return Object.entries(packagesIn('package-lock.json')).every(([path, wanted]) => {
    const found = installed[path]
    if (path === '' || (!found && wanted.optional)) return true
    return found?.version === wanted.version && found.integrity === wanted.integrity
  })
}

/**
 * `npm_execpath` is the npm that runs this script, which need not be the one on the PATH. Not
 * `npm ci`: it refuses a lockfile without the optional packages of every other platform.
 */
const install = () => {
  console.log('Installing the npm packages of package-lock.json; it takes about a minute.')
  const npm = process.env.npm_execpath
  const [file, ...first] = npm ? [process.execPath, npm] : ['npm']
  const args = [...first, 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: 'inherit' })
  if (status === 0) return
  const why = error?.message ?? `it ended with ${status}`
  fail(`npm install failed (${why}); its own message is above. Fix that and run this again.`)
}

/** The package `node` gets its binary from an install script, which npm can be told not to run. */
const requireOwnNode = () => {
  if (existsSync(`${root}node_modules/.bin/node`)) return
  fail(
    'the Node of this project is missing, because npm did not run the install script of the ' +
      'package "node"; run: npm rebuild node --ignore-scripts=false',
  )
}

if (Number.parseInt(process.versions.node, 10) < oldestForNpm) {
  fail(
    `this is Node ${process.versions.node}, but installing the project needs Node ` +
      `${oldestForNpm} or newer; get one from https://nodejs.org and run this again.`,
  )
}
if (!isInstalled()) install()
requireOwnNode()
