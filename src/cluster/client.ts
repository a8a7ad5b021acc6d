import { KubeConfig } from '@kubernetes/client-node'

/**
 * The cluster named by a kubeconfig file, else by KUBECONFIG, else the one we run in; of its contexts the
 * one that is named, else its current one. Throws when there is no such file or context.
 */
export const connect = (kubeconfig: string | undefined, context?: string): KubeConfig => {
  const config = new KubeConfig()
  if (kubeconfig === undefined) config.loadFromDefault()
  else config.loadFromFile(kubeconfig)
  if (context === undefined) return config
  const known = config.getContexts().map(({ name }) => name)
  if (!known.includes(context))
    throw new Error(`it has no context ${context}; it has: ${known.join(', ') || 'none'}`)
  config.setCurrentContext(context)
  return config
}
