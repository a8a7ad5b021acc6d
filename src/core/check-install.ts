import { type Check, found, listed, passed, unlessAny } from './check.ts'
import type { Evidence, RightSeen } from './check-evidence.ts'
import { placeOf } from './check-look.ts'
import { fieldAt, isSet, textAt } from './json.ts'

/** A right to do something with a kind of objects. */
export type Right = Omit<RightSeen, 'isAllowed'>

const create = (group: string, ...resources: readonly string[]): readonly Right[] =>
  resources.map(resource => ({ verb: 'create', group, resource }))

/** All that Helm makes of the chart; Jobs and Pods are its hooks. */
export const RIGHTS_TO_CREATE: readonly Right[] = [
  ...create('', 'configmaps', 'secrets', 'services', 'serviceaccounts', 'pods'),
  ...create('apps', 'deployments'),
  ...create('batch', 'jobs'),
  ...create('policy', 'poddisruptionbudgets'),
  ...create('coordination.k8s.io', 'leases'),
  ...create('admissionregistration.k8s.io', 'mutatingwebhookconfigurations'),
  ...create(
    'rbac.authorization.k8s.io',
    'roles',
    'rolebindings',
    'clusterroles',
    'clusterrolebindings',
  ),
]

const give = (group: string, resource: string, ...verbs: readonly string[]): readonly Right[] =>
  verbs.map(verb => ({ verb, group, resource }))

/** What the chart's ClusterRole gives: nobody can give what he does not have, but for `escalate`. */
export const RIGHTS_TO_GIVE: readonly Right[] = [
  ...['namespaces', 'services', 'pods'].flatMap(name => give('', name, 'list', 'watch')),
  ...give('', 'events', 'create', 'patch'),
  ...['deployments', 'daemonsets'].flatMap(name => give('apps', name, 'list', 'watch', 'patch')),
  ...give('gloo.solo.io', 'upstreams', 'list', 'watch', 'patch'),
  ...give('gloo.solo.io', 'settings', 'list', 'watch'),
  ...give('security.istio.io', 'peerauthentications', 'list', 'watch'),
  ...['policies', 'meshpolicies'].flatMap(name =>
    give('authentication.istio.io', name, 'list', 'watch'),
  ),
]

export const ESCALATE: Right = {
  verb: 'escalate',
  group: 'rbac.authorization.k8s.io',
  resource: 'clusterroles',
}

const textOf = ({ verb, group, resource }: Right) =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}`

const isAllowed = ({ rights }: Evidence, asked: Right): boolean =>
  rights.some(right => textOf(right) === textOf(asked) && right.isAllowed)

const denied = (evidence: Evidence, asked: readonly Right[]): readonly string[] =>
  asked.filter(right => !isAllowed(evidence, right)).map(textOf)

const mayCreate: Check = {
  id: 'install-rights',
  title: 'you may create all that the chart has',
  severity: 'failed',
  when: 'before',
  needs: ['rights'],
  run: evidence =>
    unlessAny(
      denied(evidence, RIGHTS_TO_CREATE),
      'you may create all that the chart has',
      names => `you may not ${names}`,
      'install as a cluster administrator, or have one give you these rights: kubectl auth can-i --list',
    ),
}

const mayGive: Check = {
  id: 'install-rights-to-give',
  title: 'you may give the process its rights',
  severity: 'failed',
  when: 'before',
  needs: ['rights'],
  run: evidence => {
    if (isAllowed(evidence, ESCALATE)) return passed('you may give any right')
    return unlessAny(
      denied(evidence, RIGHTS_TO_GIVE),
      'you have all the rights that the process is given',
      names => `you cannot give what you do not have: ${names}`,
      'install as a cluster administrator: RBAC lets nobody else give rights',
    )
  },
}

const namespaceFree: Check = {
  id: 'install-namespace',
  title: 'the namespace can be installed into',
  severity: 'failed',
  when: 'before',
  needs: ['allNamespaces'],
  run: ({ objects, release: { namespace } }) => {
    const there = objects.allNamespaces.find(one => textAt(one, 'metadata', 'name') === namespace)
    if (there === undefined)
      return passed(`namespace ${namespace} is to be made: helm install --create-namespace`)
    return isSet(fieldAt(there, 'metadata', 'deletionTimestamp'))
      ? found(
          `namespace ${namespace} is being deleted`,
          `wait until it is gone: kubectl wait --for=delete namespace/${namespace}`,
        )
      : passed(`namespace ${namespace} is there`)
  },
}

const nothingLeft: Check = {
  id: 'install-leftovers',
  title: 'nothing of another installation is in the way',
  severity: 'warning',
  when: 'before',
  needs: ['mutatingWebhooks', 'roleBindings'],
  run: ({ objects, releases }) => {
    if (releases.length > 0)
      return found(
        `gloo-istio is installed already: ${listed(releases.map(({ namespace, name }) => `${namespace}/${name}`))}`,
        'upgrade it: helm upgrade; two that decide about the same objects get in each other’s way',
      )
    return unlessAny(
      objects.roleBindings.map(placeOf),
      'nothing of another installation is there',
      names => `rights of an installation that is gone are still given: ${names}`,
      'delete them: kubectl delete clusterroles,clusterrolebindings -l app.kubernetes.io/part-of=gloo-istio',
    )
  },
}

const crdsServed: Check = {
  id: 'install-order',
  title: 'Gloo is there before gloo-istio',
  severity: 'warning',
  when: 'before',
  needs: ['crds', 'proxies'],
  run: ({ objects }) =>
    objects.crds.length === 0
      ? found(
          'Gloo is not installed: nothing can be done for it yet, and the check of the chart waits for its CRDs',
          'install Gloo first, or gloo-istio with --set hooks.check.enabled=false',
        )
      : passed('Gloo is there: its proxies will be rolled out once, when they get certificates'),
}

export const INSTALL_CHECKS: readonly Check[] = [
  mayCreate,
  mayGive,
  namespaceFree,
  nothingLeft,
  crdsServed,
]
