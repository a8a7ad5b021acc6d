import { Command, Option } from 'commander'
import type { ApiClient } from '../cluster/api.ts'
import { lookAtIngress } from '../cluster/ingress.ts'
import { lineOf } from '../core/explain.ts'
import { meshByReference } from '../core/mesh.ts'
import { urlOfIngress } from '../core/mesh-ingress.ts'
import { meshesCarried } from '../core/meshes-carried.ts'
import { isFinding } from '../core/reasons.ts'
import { EMPTY_SNAPSHOT } from '../core/snapshot.ts'
import type { JsonObject } from '../core/types.ts'
import { workloadsBehind } from '../core/workloads-behind.ts'
import { addOptions, type ClusterFlags, clusterOptions, withApi } from './cluster-flags.ts'
import { configOption } from './configuration-file.ts'
import { UsageError } from './exit.ts'
import { toldIn } from './facts-source.ts'
import { localClusterNameOption } from './local-cluster-flag.ts'
import { targetMeshOption } from './mesh-flag.ts'

interface UrlFlags extends ClusterFlags {
  readonly targetMesh?: string
  readonly name: string
  /** Another name for `name`. */
  readonly proxy?: string
  readonly namespace: string
  readonly port: string
  readonly localCluster?: boolean
  readonly localClusterName: string
  readonly config?: string
}

const runUrl = (flags: UrlFlags): Promise<void> =>
  withApi(flags, async api => {
    const { namespace, proxy: name = flags.name } = flags
    const ingress = await lookAtIngress(api, { namespace, name })
    if (ingress === undefined)
      throw new UsageError(
        `there is no Service ${name} in namespace ${namespace}: see that Gloo is installed there, or name the Service of its proxy by --name and --namespace`,
      )
    if (flags.targetMesh) await demandMesh(api, ingress.service, flags, flags.targetMesh)
    const found = urlOfIngress(ingress, {
      port: flags.port,
      isLocal: flags.localCluster === true,
      clusterName: flags.localClusterName,
    })
    if ('trouble' in found) throw new Error(found.trouble)
    for (const note of found.notes) process.stderr.write(`note: ${note}\n`)
    process.stdout.write(`${found.url}\n`)
  })

/** Throws unless every proxy behind the Service carries the mesh. */
const demandMesh = async (
  api: ApiClient,
  service: JsonObject,
  { config }: UrlFlags,
  reference: string,
): Promise<void> => {
  const { gatherWith } = await import('./gathering.ts')
  const facts = await gatherWith(api, await toldIn(config), true)
  const mesh = meshByReference(facts, '--target-mesh', reference)
  if (isFinding(mesh)) throw new Error(lineOf(mesh))
  const proxies = workloadsBehind(facts.snapshot ?? EMPTY_SNAPSHOT, service)
  if (proxies.length === 0)
    throw new Error(
      'no proxy of Gloo is behind that Service, so it carries no mesh: name another by --name, or leave --target-mesh out',
    )
  for (const carried of proxies.flatMap(proxy => meshesCarried(proxy, facts)))
    if (carried.mesh === reference && carried.state !== 'carried') throw new Error(lineOf(carried))
}

/** `gloo-istio get mesh-ingress url` */
export const meshIngressUrlCommand = (): Command =>
  addOptions(
    new Command('url')
      .alias('u')
      .description('the address by which a gateway is reached from outside of the cluster')
      .action(runUrl),
    [
      targetMeshOption('fail unless the gateway carries this mesh'),
      new Option('--name <service>', 'Service of the proxy').default('gateway-proxy'),
      new Option('-p, --proxy <service>', 'another name for --name'),
      new Option('-n, --namespace <namespace>', 'its namespace').default('gloo-system'),
      new Option('--port <port>', 'name or number of its port').default('http'),
      new Option('-l, --local-cluster', 'go by the port of a node, as no load balancer leads here'),
      localClusterNameOption(),
      configOption(),
      ...clusterOptions(),
    ],
  )
