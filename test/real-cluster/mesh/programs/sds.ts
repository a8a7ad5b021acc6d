import { glooSds } from '../../../stand-ins/gloo-sds.ts'

// The stand-in as an image: in a container, paths are where they say.

const env = Object.fromEntries(
  Object.entries(process.env).map(([name, value]) => [name, value ?? '']),
)
const container = { name: 'sds', image: 'sds', root: '/', args: [], log: '' }
const { stop } = await glooSds({ ...container, env, reroot: value => value })
process.once('SIGTERM', stop)
