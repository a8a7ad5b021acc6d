import { Command } from 'commander'
import { getUpstreamsCommand } from './get-upstreams.ts'

/** `gloo-istio get` */
export const getCommand = (): Command =>
  new Command('get')
    .description('list what gloo-istio decides about, and why')
    .addCommand(getUpstreamsCommand())
