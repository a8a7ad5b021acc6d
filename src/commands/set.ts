import { Command } from 'commander'
import { setUpstreamMtlsCommand } from './set-upstream-mtls.ts'
import { unsetUpstreamMtlsCommand } from './unset-upstream-mtls.ts'

const upstreamCommand = (description: string): Command =>
  new Command('upstream').alias('u').description(description)

/** `gloo-istio set` */
export const setCommand = (): Command =>
  new Command('set')
    .description('switch something on')
    .addCommand(
      upstreamCommand('have an Upstream use something').addCommand(setUpstreamMtlsCommand()),
    )

/** `gloo-istio unset` */
export const unsetCommand = (): Command =>
  new Command('unset')
    .description('take back what set did')
    .addCommand(
      upstreamCommand('have an Upstream no longer use something').addCommand(
        unsetUpstreamMtlsCommand(),
      ),
    )
