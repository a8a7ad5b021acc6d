import { fieldAt, items, textAt } from '../../src/core/json.ts'
import type { RealCluster } from './cluster.ts'
import { must } from './release.ts'

/** Kept for an hour, and the heartbeats of a node. */
const PASSING = /^Event |^Lease kube-node-lease\//

const nameOf = (object: unknown): string =>
  `${textAt(object, 'kind')} ${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}`

/** Every object of every kind that the cluster has, but what comes and goes by itself. */
export const inventory = async ({ kubectl }: RealCluster): Promise<readonly string[]> => {
  const kinds = await must(kubectl, 'api-resources', '--verbs=list', '-o', 'name')
  const listed = await must(
    kubectl,
    'get',
    kinds.trim().split('\n').join(','),
    '--all-namespaces',
    '-o',
    'json',
  )
  return [...new Set(items(fieldAt(JSON.parse(listed), 'items')).map(nameOf))]
    .filter(name => !PASSING.test(name))
    .toSorted()
}
