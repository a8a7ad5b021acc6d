import { Command, Option } from 'commander'
import { explainUpstream } from '../cli/upstreams.ts'
import { objectIn } from '../core/snapshot.ts'
import { reportOn } from '../core/upstream-report.ts'
import { addOptions } from './cluster-flags.ts'
import { UsageError } from './exit.ts'
import { factsFrom, type SourceFlags, sourceOptions } from './facts-source.ts'
import { parseReference } from './reference.ts'

interface ExplainFlags extends SourceFlags {
  readonly output: 'text' | 'json'
}

const runExplainUpstream = async (
  [namespace, name]: readonly [string, string],
  flags: ExplainFlags,
): Promise<void> => {
  const facts = await factsFrom(flags)
  const upstream = objectIn(facts.snapshot?.upstreams, namespace, name)
  if (upstream === undefined) throw new UsageError(`no Upstream ${namespace}/${name} was found`)
  const report = reportOn(upstream, facts)
  process.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : explainUpstream(report),
  )
}

/** `gloo-istio explain` */
export const explainCommand = (): Command => {
  const command = new Command('explain').description('say how a decision came about')
  const upstream = command
    .command('upstream')
    .description('each rule, what it saw, which one spoke, and what comes of it')
    .argument('<namespace/name>', 'the Upstream', parseReference)
    .addOption(
      new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'),
    )
    .action(runExplainUpstream)
  addOptions(upstream, sourceOptions())
  return command
}
