import { Command } from 'commander'
import { ingressListing } from '../cli/ingresses.ts'
import { printListing } from '../cli/output.ts'
import type { ApiClient } from '../cluster/api.ts'
import { behind, readServices } from '../cluster/ingress.ts'
import { type IngressReport, reportOnIngress } from '../core/ingress-report.ts'
import { textAt } from '../core/json.ts'
import { proxiesIn } from '../core/proxy-report.ts'
import { EMPTY_SNAPSHOT } from '../core/snapshot.ts'
import type { Facts } from '../core/types.ts'
import { isBehind } from '../core/workloads-behind.ts'
import { addOptions, type ClusterFlags, clusterOptions, withApi } from './cluster-flags.ts'
import { configOption } from './configuration-file.ts'
import { toldIn } from './facts-source.ts'
import { meshIngressUrlCommand } from './get-mesh-ingress-url.ts'
import { localClusterNameOption } from './local-cluster-flag.ts'
import { type OutputFlags, outputOption } from './output-flags.ts'
import { inScope, type ScopeFlags, scopeOptions } from './scope-flags.ts'

interface MeshIngressFlags extends ClusterFlags, ScopeFlags, OutputFlags {
  readonly localClusterName: string
  readonly config?: string
}

const runGetMeshIngress = (flags: MeshIngressFlags): Promise<void> =>
  withApi(flags, async api => {
    const { gatherWith } = await import('./gathering.ts')
    const facts = await gatherWith(api, await toldIn(flags.config), true)
    const reports = await ingressesIn(api, facts, flags)
    if (reports.length === 0) process.stderr.write('no Services of proxies of Gloo found\n')
    else process.stdout.write(printListing(ingressListing(reports), flags.output))
  })

const ingressesIn = async (
  api: ApiClient,
  facts: Facts,
  flags: MeshIngressFlags,
): Promise<readonly IngressReport[]> => {
  const all = proxiesIn(facts.snapshot ?? EMPTY_SNAPSHOT)
  const namespaces = new Set(all.map(proxy => textAt(proxy, 'metadata', 'namespace')))
  const found = await Promise.all([...namespaces].map(namespace => readServices(api, namespace)))
  const reports = inScope(found.flat(), flags).map(async service => {
    const proxies = all.filter(proxy => isBehind(service, proxy))
    if (proxies.length === 0) return []
    const wanted = { isLocal: false, clusterName: flags.localClusterName }
    return [reportOnIngress(await behind(api, service), { proxies, facts }, wanted)]
  })
  return (await Promise.all(reports)).flat()
}

const listCommand = (): Command =>
  addOptions(
    new Command('list')
      .description('every gateway: where it is reached, and which meshes it leads into')
      .action(runGetMeshIngress),
    [
      ...scopeOptions(),
      outputOption(),
      localClusterNameOption(),
      configOption(),
      ...clusterOptions(),
    ],
  )

/** `gloo-istio get mesh-ingress`, which lists where it is not told what to do: `-l` is another flag to `url`. */
export const getMeshIngressCommand = (): Command =>
  new Command('mesh-ingress')
    .alias('mi')
    .description('gateways into a mesh: a list, or the address of one')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(meshIngressUrlCommand())
