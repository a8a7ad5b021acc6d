import { backingOf, serviceAccountsOf } from './backing-pods.ts'
import type { Destination } from './destination-services.ts'
import { fieldAt, textOf } from './json.ts'
import { objectIn, type Snapshot } from './snapshot.ts'
import type { Mesh } from './types.ts'

/** Istio's own annotations of a Service for those who may stand behind it (istio@1.22.3:pilot/pkg/serviceregistry/kube/conversion.go). */
const SERVICE_ACCOUNTS = 'alpha.istio.io/kubernetes-serviceaccounts'
const CANONICAL = 'alpha.istio.io/canonical-serviceaccounts'

/**
 * The SPIFFE names of the workloads behind some destinations, as they are today: of the ServiceAccounts of
 * the pods, and those that the Service names beside them. Empty when no pod is known of one of them, for
 * a list that lacks a name would cut its workloads off.
 */
export const identitiesOf = (
  snapshot: Snapshot | undefined,
  { trustDomain }: Pick<Mesh, 'trustDomain'>,
  destinations: readonly Destination[],
): readonly string[] => {
  const names = destinations.map(destination => {
    const accounts = serviceAccountsOf(backingOf(snapshot, destination))
    if (accounts.length === 0) return []
    const told = (key: string) => listIn(annotationOfService(snapshot, destination, key))
    const own = [...accounts, ...told(SERVICE_ACCOUNTS)].map(
      account => `spiffe://${trustDomain}/ns/${destination.namespace}/sa/${account}`,
    )
    return [...own, ...told(CANONICAL).map(name => `spiffe://${name}`)]
  })
  return names.some(known => known.length === 0) ? [] : [...new Set(names.flat())].toSorted()
}

const annotationOfService = (
  snapshot: Snapshot | undefined,
  { namespace, service }: Destination,
  key: string,
): unknown =>
  fieldAt(objectIn(snapshot?.services, namespace, service), 'metadata', 'annotations', key)

const NAME = /^[^\s,]{1,512}$/

const listIn = (value: unknown): readonly string[] =>
  (textOf(value) ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => NAME.test(name))
