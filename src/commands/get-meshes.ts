import { Command } from 'commander'
import { meshListing } from '../cli/meshes.ts'
import { printListing } from '../cli/output.ts'
import { fieldAt } from '../core/json.ts'
import { detectedIn } from '../core/live.ts'
import { type MeshReport, reportMeshes } from '../core/mesh-report.ts'
import { EMPTY_SNAPSHOT, objectIn } from '../core/snapshot.ts'
import type { Facts } from '../core/types.ts'
import { addOptions } from './cluster-flags.ts'
import { factsFrom, type SourceFlags, sourceOptions, toldIn } from './facts-source.ts'
import { type OutputFlags, outputOption } from './output-flags.ts'
import { inScope, type ScopeFlags, scopeOptions } from './scope-flags.ts'

type GetMeshesFlags = SourceFlags & ScopeFlags & OutputFlags

const runGetMeshes = async (flags: GetMeshesFlags): Promise<void> => {
  const facts = await factsFrom(flags)
  const detected = detectedIn(await toldIn(flags.config), facts.snapshot ?? EMPTY_SNAPSHOT)
  const deployments = new Map(detected.map(found => [found.istioNamespace, found.deployment]))
  const isMeant = (report: MeshReport) =>
    inScope([asObject(report, facts, deployments)], flags).length > 0
  const reports = reportMeshes(facts, detected).filter(isMeant)
  if (reports.length === 0) process.stderr.write('no meshes found\n')
  else process.stdout.write(printListing(meshListing(reports), flags.output))
}

/** A mesh is no object: it has the labels of its control plane, and the namespace that its name says. */
const asObject = (
  { namespace, istioNamespace }: MeshReport,
  { snapshot }: Facts,
  deployments: ReadonlyMap<string, string>,
) => {
  const name = deployments.get(istioNamespace) ?? ''
  const labels = fieldAt(
    objectIn(snapshot?.deployments, istioNamespace, name),
    'metadata',
    'labels',
  )
  return { metadata: { namespace, labels } }
}

/** `gloo-istio get meshes` */
export const getMeshesCommand = (): Command =>
  addOptions(
    new Command('meshes')
      .alias('mesh')
      .description('every mesh that is known, and how its certificates reach Gloo')
      .action(runGetMeshes),
    [...scopeOptions(), outputOption(), ...sourceOptions()],
  )
