import { KubeConfig } from '@kubernetes/client-node'

/** The cluster named by a kubeconfig file, else by KUBECONFIG, else the one we run in. */
export const connect = (kubeconfig: string | undefined): KubeConfig => {
  const config = new KubeConfig()
  if (kubeconfig === undefined) config.loadFromDefault()
  else config.loadFromFile(kubeconfig)
  return config
}
