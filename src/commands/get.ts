import { Command } from 'commander'
import { getMeshIngressCommand } from './get-mesh-ingress.ts'
import { getMeshesCommand } from './get-meshes.ts'
import { getProxiesCommand } from './get-proxies.ts'
import { getUpstreamsCommand } from './get-upstreams.ts'

/** `gloo-istio get` */
export const getCommand = (): Command =>
  new Command('get')
    .description('list what gloo-istio decides about, and why')
    .addCommand(getUpstreamsCommand())
    .addCommand(getMeshesCommand())
    .addCommand(getProxiesCommand())
    .addCommand(getMeshIngressCommand())
