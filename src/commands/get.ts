import { Command, Option } from 'commander'
import { printUpstreams, UPSTREAM_FORMATS, type UpstreamFormat } from '../cli/upstreams.ts'
import { allObjects, objectsIn } from '../core/snapshot.ts'
import type { Facts, JsonObject } from '../core/types.ts'
import { reportOn } from '../core/upstream-report.ts'
import { factsFrom, type SourceFlags, sourceOptions } from './facts-source.ts'

interface GetFlags extends SourceFlags {
  readonly namespace?: string
  readonly output: UpstreamFormat
}

const upstreamsIn = ({ snapshot }: Facts, namespace: string | undefined): readonly JsonObject[] =>
  namespace === undefined
    ? allObjects(snapshot?.upstreams)
    : objectsIn(snapshot?.upstreams, namespace)

const runGetUpstreams = async (flags: GetFlags): Promise<void> => {
  const facts = await factsFrom(flags)
  const reports = upstreamsIn(facts, flags.namespace).map(upstream => reportOn(upstream, facts))
  if (reports.length === 0) process.stderr.write('no Upstreams found\n')
  else process.stdout.write(printUpstreams(reports, flags.output, Date.now()))
}

/** `gloo-istio get` */
export const getCommand = (): Command => {
  const command = new Command('get').description('list what gloo-istio decides about, and why')
  const upstreams = command
    .command('upstreams')
    .alias('upstream')
    .description('every Upstream: where it leads, what is decided about it, and why')
    .option('-n, --namespace <namespace>', 'of this namespace only (default: all)')
    .addOption(
      new Option('-o, --output <format>', 'format').choices(UPSTREAM_FORMATS).default('table'),
    )
    .action(runGetUpstreams)
  for (const option of sourceOptions()) upstreams.addOption(option)
  return command
}
