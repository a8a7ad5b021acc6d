import { type Check, found, listed, passed, skipped, unlessAny } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { dyingIn } from './check-life.ts'
import { namespaceOf, namespacesByMode, placeOf, proxyPlansOf } from './check-look.ts'
import { certificateSecretOf } from './gateway-proxy.ts'
import { textAt } from './json.ts'
import { discoveryAddressOf } from './mesh.ts'
import { isRolledOut } from './rollout.ts'
import { objectIn } from './snapshot.ts'

/** Checks of what proxies need from Istio to get their certificates. */

const DAYS_MIN = 60
/** Citadel's certificates live 90 days and are renewed after 45; istio@1.4.0:security/cmd/istio_ca/main.go */
const CITADEL_DAYS_MIN = 30

const CITADEL_MODES = ['citadel-files', 'citadel-sds'] as const
const AGENT_MODES = ['istio-agent', 'agent-socket'] as const

const discoveryService: Check = {
  id: 'istio-service',
  title: 'the Service that agents ask for certificates is there',
  severity: 'failed',
  needs: ['services', 'proxies', 'controlPlanes'],
  run: evidence => {
    const forms = proxyPlansOf(evidence).flatMap(plan => plan.forms)
    const asked = forms.filter(({ mode }) => AGENT_MODES.some(one => one === mode))
    const addresses = [...new Set(asked.map(({ mesh }) => discoveryAddressOf(mesh)))]
    const inside = addresses.filter(address => /^[^.]+\.[^.]+\.svc[.:]/.test(address))
    if (inside.length === 0) return skipped('no agent asks a Service of this cluster')
    return unlessAny(
      inside.filter(address => {
        const [name = '', namespace = ''] = address.split('.')
        return objectIn(evidence.facts.snapshot?.services, namespace, name) === undefined
      }),
      listed(inside),
      names => `agents would ask ${names}, and no such Service is there`,
      'tell where istiod is: discoveryAddress or revision of the mesh in the values; kubectl get services -A -l app=istiod',
    )
  },
}

const rootThere: Check = {
  id: 'istio-root-authority',
  title: 'agents find Istio’s authority',
  severity: 'failed',
  needs: ['rootAuthorities', 'proxies'],
  run: evidence => {
    const wanted = namespacesByMode(evidence, AGENT_MODES)
    if (wanted.length === 0) return skipped('no proxy runs an agent of Istio')
    const there = evidence.objects.rootAuthorities.map(namespaceOf)
    return unlessAny(
      wanted.filter(namespace => !there.includes(namespace)),
      `ConfigMap istio-ca-root-cert is in ${listed(wanted)}`,
      names =>
        `ConfigMap istio-ca-root-cert is not in ${names}: pods of proxies there cannot start`,
      'istiod writes it to each namespace while it runs, unless its discoverySelectors leave that one out: kubectl get configmap istio-ca-root-cert -A',
    )
  },
}

const rootLife: Check = {
  id: 'istio-root-life',
  title: 'Istio’s authority lives 60 days and more',
  severity: 'warning',
  needs: ['rootAuthorities', 'proxies'],
  run: ({ rootAuthorities, now }) => {
    if (rootAuthorities.length === 0) return skipped('no authority of Istio is found')
    return unlessAny(
      dyingIn(rootAuthorities, now, DAYS_MIN),
      `valid for ${DAYS_MIN} more days and longer`,
      names => `near its end: the authority in ${names}`,
      'rotate Istio’s root: https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/',
    )
  },
}

/** Namespace and name of each Secret of Citadel that some proxy is to mount. */
export const citadelPlaces = (evidence: Evidence): readonly (readonly [string, string])[] => {
  const places = proxyPlansOf(evidence)
    .filter(({ forms }) => forms.some(({ mode }) => CITADEL_MODES.some(one => one === mode)))
    .map(({ object }) => `${namespaceOf(object)}/${certificateSecretOf(object)}`)
  return [...new Set(places)].map(place => {
    const [namespace = '', name = ''] = place.split('/')
    return [namespace, name]
  })
}

const citadelThere: Check = {
  id: 'istio-citadel-secrets',
  title: 'Citadel has written the Secrets of proxies',
  severity: 'failed',
  needs: ['citadelSecrets', 'proxies'],
  run: ({ citadelSecrets }) => {
    if (citadelSecrets.length === 0) return skipped('no proxy takes its certificates from Citadel')
    return unlessAny(
      citadelSecrets
        .filter(({ certificates }) => certificates.length === 0)
        .map(({ place, isThere }) => (isThere ? `${place} (no certificate in it)` : place)),
      listed(citadelSecrets.map(({ place }) => place)),
      names => `not there: ${names}`,
      'Citadel writes one for each ServiceAccount while it runs: kubectl get deployment istio-citadel -n istio-system; labels ca.istio.io/override and ca.istio.io/env of the namespace may keep it away',
    )
  },
}

const citadelFresh: Check = {
  id: 'istio-citadel-fresh',
  title: 'Citadel renews these Secrets',
  severity: 'failed',
  needs: ['citadelSecrets', 'proxies'],
  run: ({ citadelSecrets, now }) => {
    if (citadelSecrets.every(({ certificates }) => certificates.length === 0))
      return skipped('no proxy takes its certificates from Citadel')
    return unlessAny(
      dyingIn(citadelSecrets, now, CITADEL_DAYS_MIN),
      `valid for ${CITADEL_DAYS_MIN} more days and longer`,
      names => `not renewed in time: ${names}`,
      'see why Citadel does not: kubectl logs -n istio-system deployment/istio-citadel; to have one made anew: kubectl delete secret istio.ACCOUNT -n NAMESPACE',
    )
  },
}

const nodeAgent: Check = {
  id: 'istio-node-agent',
  title: 'Istio’s node agents are ready',
  severity: 'failed',
  needs: ['nodeAgents', 'proxies'],
  run: evidence => {
    if (namespacesByMode(evidence, ['node-agent-sds']).length === 0)
      return skipped('no proxy asks a node agent')
    const [agent] = evidence.objects.nodeAgents
    if (agent === undefined)
      return found(
        'no DaemonSet istio-nodeagent is there: nobody listens on /var/run/sds',
        'install Istio with SDS (values-istio-sds-auth.yaml), or set the mode of the mesh to auto',
      )
    return isRolledOut(agent)
      ? passed(`DaemonSet ${placeOf(agent)} is rolled out`)
      : found(
          `DaemonSet ${placeOf(agent)} is not ready on each node`,
          `kubectl rollout status daemonset/${textAt(agent, 'metadata', 'name')} -n ${namespaceOf(agent)}`,
        )
  },
}

export const SUPPLY_CHECKS: readonly Check[] = [
  discoveryService,
  rootThere,
  rootLife,
  citadelThere,
  citadelFresh,
  nodeAgent,
]
