import type { Plugin } from 'esbuild'

const CLIENT = '@kubernetes/client-node'

/** By fetch its generated calls would go; of undici's exports, Node has this one itself. */
const NO_UNDICI = `
export const fetch = globalThis.fetch
class NotBundled { constructor() { throw new Error('undici is not part of this bundle: ask by ApiClient') } }
export { NotBundled as Agent, NotBundled as ProxyAgent }
`

/**
 * Each answer takes esbuild a millisecond, so it asks for the modules alone by which the rest is reached: those whose
 * names begin with a small letter, and the two that bring the models.
 */
const ASKED = /^@kubernetes\/client-node$|^\..*\/([a-z][^/]*|ObjectParamAPI|ObjectSerializer)\.js$/

/**
 * Of the Kubernetes client we use the kubeconfig and the WebSocket. Its package does not say that its modules do
 * nothing when they are imported, so esbuild would keep the model of every API object; and undici, more than all the
 * rest, for calls that we never make. Each process would hold both in memory.
 */
export const slimClient: Plugin = {
  name: 'slim-client',
  setup: build => {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'slim-client' }))
    build.onLoad({ filter: /.*/, namespace: 'slim-client' }, () => ({ contents: NO_UNDICI }))
    build.onResolve({ filter: ASKED }, async asked => {
      const { path, importer, kind, resolveDir, pluginData } = asked
      const isOfClient = path === CLIENT || importer.includes(`/node_modules/${CLIENT}/`)
      // What it asks esbuild itself comes back to it.
      if (!isOfClient || pluginData === CLIENT) return undefined
      const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: CLIENT })
      return { ...found, sideEffects: false }
    })
  },
}
