import { Command } from 'commander'
import { printListing } from '../cli/output.ts'
import { upstreamListing } from '../cli/upstreams.ts'
import { allObjects } from '../core/snapshot.ts'
import { reportOn } from '../core/upstream-report.ts'
import { addOptions } from './cluster-flags.ts'
import { factsFrom, type SourceFlags, sourceOptions } from './facts-source.ts'
import { type OutputFlags, outputOption } from './output-flags.ts'
import { inScope, type ScopeFlags, scopeOptions } from './scope-flags.ts'

type GetUpstreamsFlags = SourceFlags & ScopeFlags & OutputFlags

const runGetUpstreams = async (flags: GetUpstreamsFlags): Promise<void> => {
  const facts = await factsFrom(flags)
  const upstreams = inScope(allObjects(facts.snapshot?.upstreams), flags)
  const reports = upstreams.map(upstream => reportOn(upstream, facts))
  if (reports.length === 0) process.stderr.write('no Upstreams found\n')
  else process.stdout.write(printListing(upstreamListing(reports, Date.now()), flags.output))
}

/** `gloo-istio get upstreams` */
export const getUpstreamsCommand = (): Command =>
  addOptions(
    new Command('upstreams')
      .alias('upstream')
      .description('every Upstream: where it leads, what is decided about it, and why')
      .action(runGetUpstreams),
    [...scopeOptions(), outputOption(), ...sourceOptions()],
  )
