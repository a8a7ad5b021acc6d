import { requireCluster } from './cluster.ts'
import { must } from './release.ts'

/** Suites make these, and take them away. */
const OURS =
  /^(namespace\/(gloo-system|istio-system|gloo-istio|bookinfo)|customresourcedefinition\.\S*\.(solo|istio)\.io)$/

/** What a cluster of somebody else's has that suites would remove. */
export const occupants = async (): Promise<readonly string[]> => {
  const { kubectl } = requireCluster()
  const found = await must(kubectl, 'get', 'namespaces,customresourcedefinitions', '-o', 'name')
  return found.split('\n').filter(name => OURS.test(name))
}
