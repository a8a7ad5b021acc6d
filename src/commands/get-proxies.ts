import { Command } from 'commander'
import { printListing } from '../cli/output.ts'
import { proxyListing } from '../cli/proxies.ts'
import { proxiesIn, reportOnProxy } from '../core/proxy-report.ts'
import { EMPTY_SNAPSHOT } from '../core/snapshot.ts'
import { addOptions } from './cluster-flags.ts'
import { factsFrom, type SourceFlags, sourceOptions } from './facts-source.ts'
import { type OutputFlags, outputOption } from './output-flags.ts'
import { inScope, type ScopeFlags, scopeOptions } from './scope-flags.ts'

type GetProxiesFlags = SourceFlags & ScopeFlags & OutputFlags

const runGetProxies = async (flags: GetProxiesFlags): Promise<void> => {
  const facts = await factsFrom(flags)
  const proxies = inScope(proxiesIn(facts.snapshot ?? EMPTY_SNAPSHOT), flags)
  const reports = proxies.map(proxy => reportOnProxy(proxy, facts))
  if (reports.length === 0) process.stderr.write('no proxies of Gloo found\n')
  else process.stdout.write(printListing(proxyListing(reports), flags.output))
}

/** `gloo-istio get proxies` */
export const getProxiesCommand = (): Command =>
  addOptions(
    new Command('proxies')
      .alias('proxy')
      .description('every proxy of Gloo: which meshes it carries, and why not')
      .action(runGetProxies),
    [...scopeOptions(), outputOption(), ...sourceOptions()],
  )
