import { InvalidArgumentError, Option } from 'commander'
import { NAME_PATTERN, NAMESPACE_PATTERN } from '../core/mesh.ts'
import type { ProxyName } from '../core/proxies-by-name.ts'
import type { ClusterFlags } from './cluster-flags.ts'
import { parseDuration } from './duration.ts'

/** Which proxies of a cluster are meant, and how far to go. */
export interface ProxyFlags extends ClusterFlags {
  readonly proxy: readonly ProxyName[]
  readonly config?: string
  readonly dryRun?: boolean
  /** Milliseconds. */
  readonly wait?: number
  readonly force?: boolean
}

const collectProxy = (text: string, before: readonly ProxyName[]): readonly ProxyName[] => {
  const [namespace = '', name = '', ...more] = text.split('/')
  if (!NAMESPACE_PATTERN.test(namespace) || !NAME_PATTERN.test(name) || more.length > 0)
    throw new InvalidArgumentError('expected <namespace>/<name>, gloo-system/gateway-proxy for one')
  const isNamed = before.some(known => known.namespace === namespace && known.name === name)
  return isNamed ? before : [...before, { namespace, name }]
}

/** What goes with a running cluster, and not with a file. */
export const proxyOptions = (): readonly Option[] =>
  [
    new Option(
      '--proxy <namespace/name>',
      'Deployment or DaemonSet of a proxy of the cluster, which is written; repeat for more',
    )
      .argParser(collectProxy)
      .default([], 'none'),
    new Option('--dry-run', 'have the API server try it out, and print the patch'),
    new Option('--wait [duration]', 'wait until the pods are replaced, 5m unless told otherwise')
      .preset('5m')
      .argParser(parseDuration)
      .conflicts('dryRun'),
  ].map(option => option.conflicts('filename'))

export const forceOption = (): Option =>
  new Option('--force', 'also while Upstreams use the certificates: they fail then').conflicts(
    'filename',
  )
