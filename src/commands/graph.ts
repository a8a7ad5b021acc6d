import { Command, Option } from 'commander'
import { drawDot } from '../cli/graph-dot.ts'
import { drawMermaid } from '../cli/graph-mermaid.ts'
import { drawSvg } from '../cli/graph-svg.ts'
import { type Way, waysIn } from '../core/graph.ts'
import { allObjects } from '../core/snapshot.ts'
import { addOptions } from './cluster-flags.ts'
import { factsFrom, type SourceFlags, sourceOptions } from './facts-source.ts'
import { inScope, type ScopeFlags, scopeOptions } from './scope-flags.ts'

const DRAW = { svg: drawSvg, dot: drawDot, mermaid: drawMermaid } satisfies Record<
  string,
  (ways: readonly Way[]) => string
>

interface GraphFlags extends SourceFlags, ScopeFlags {
  readonly output: keyof typeof DRAW
}

const runGraph = async (flags: GraphFlags): Promise<void> => {
  const facts = await factsFrom(flags)
  const upstreams = inScope(allObjects(facts.snapshot?.upstreams), flags)
  if (upstreams.length === 0) process.stderr.write('no Upstreams found\n')
  process.stdout.write(DRAW[flags.output](waysIn(facts, new Map(), upstreams)))
}

/** `gloo-istio graph` */
export const graphCommand = (): Command =>
  addOptions(
    new Command('graph')
      .description('draw the way of every Upstream: gateway, namespace, Service, and how it stands')
      .addOption(
        new Option('-o, --output <format>', 'what to draw it in')
          .choices(Object.keys(DRAW))
          .default('svg'),
      )
      .action(runGraph),
    [...scopeOptions(), ...sourceOptions()],
  )
