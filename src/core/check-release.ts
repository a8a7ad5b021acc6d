import { type Check, counted, found, type Outcome, passed, skipped, unlessAny } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { hooksOf, isOurs, upgrade, urlsOf } from './check-hooks.ts'
import { placeOf } from './check-look.ts'
import { field, fieldAt, items, textAt } from './json.ts'
import { isRolledOut, wantedPods } from './rollout.ts'
import type { JsonObject } from './types.ts'

/** Checks of the Deployment of the release. */

const OUTSIDE = 'it has no Deployment here: the webhook runs outside of the cluster'

/** Answers for the Deployment of the release, where there is one. */
export const withDeployment =
  (run: (deployment: JsonObject, evidence: Evidence) => Outcome): Check['run'] =>
  evidence => {
    const [deployment] = evidence.objects.releaseDeployments
    return deployment === undefined ? skipped(OUTSIDE) : run(deployment, evidence)
  }

const isOutside = ({ objects }: Evidence): boolean =>
  objects.mutatingWebhooks.some(one => isOurs(one) && urlsOf(hooksOf(one)).length > 0)

const deploymentThere: Check = {
  id: 'release-deployment',
  title: 'its Deployment is there',
  severity: 'failed',
  when: 'after',
  needs: ['releaseDeployments', 'mutatingWebhooks'],
  run: evidence => {
    const { objects, release, releases } = evidence
    const [deployment] = objects.releaseDeployments
    if (deployment === undefined)
      return isOutside(evidence)
        ? skipped(OUTSIDE)
        : found(
            `no Deployment of gloo-istio is in namespace ${release.namespace}`,
            `install the chart: helm install gloo-istio charts/gloo-istio -n ${release.namespace} --create-namespace; or name its namespace by --namespace`,
          )
    const others = releases.length - 1
    const more = others > 0 ? `, the first of ${releases.length}: name another by --namespace` : ''
    return passed(`Deployment ${placeOf(deployment)} is there${more}`)
  },
}

const rolledOut: Check = {
  id: 'release-ready',
  title: 'all its pods are ready, and of the newest template',
  severity: 'failed',
  when: 'after',
  needs: ['releaseDeployments'],
  run: withDeployment(deployment => {
    const wanted = wantedPods(deployment)
    const available = Number(fieldAt(deployment, 'status', 'availableReplicas') ?? 0)
    const namespace = textAt(deployment, 'metadata', 'namespace')
    return isRolledOut(deployment) && wanted > 0
      ? passed(`${counted(wanted, 'pod')} ready`)
      : found(
          `${available} of ${counted(wanted, 'pod')} ready and of the newest template`,
          `kubectl rollout status deployment/${textAt(deployment, 'metadata', 'name')} -n ${namespace}; kubectl describe pods -n ${namespace}`,
        )
  }),
}

const RESTARTS_MAX = 5

const restarts: Check = {
  id: 'release-restarts',
  title: 'its processes do not end by themselves',
  severity: 'warning',
  when: 'after',
  needs: ['releaseDeployments', 'releasePods'],
  run: withDeployment((_, { objects, release }) =>
    unlessAny(
      objects.releasePods
        .filter(pod =>
          items(fieldAt(pod, 'status', 'containerStatuses')).some(
            status => Number(field(status, 'restartCount')) > RESTARTS_MAX,
          ),
        )
        .map(placeOf),
      `no pod was started more than ${RESTARTS_MAX} times anew`,
      names => `started more than ${RESTARTS_MAX} times anew: ${names}`,
      `see why: kubectl logs --previous -n ${release.namespace} deployment/${release.name}`,
    ),
  ),
}

const redundant: Check = {
  id: 'release-replicas',
  title: 'there is more than one replica',
  severity: 'warning',
  when: 'after',
  needs: ['releaseDeployments'],
  run: withDeployment((deployment, evidence) =>
    wantedPods(deployment) > 1
      ? passed(`${wantedPods(deployment)} replicas`)
      : found(
          'there is one replica: while it is moved or replaced, nobody answers',
          upgrade(evidence, ' --set replicaCount=2'),
        ),
  ),
}

const disruption: Check = {
  id: 'release-disruption-budget',
  title: 'a disruption budget keeps replicas from going at once',
  severity: 'warning',
  when: 'after',
  needs: ['releaseDeployments', 'disruptionBudgets'],
  run: withDeployment((deployment, evidence) => {
    const { disruptionBudgets } = evidence.objects
    if (wantedPods(deployment) < 2) return skipped('with one replica it would only block nodes')
    return disruptionBudgets.length > 0
      ? passed(`PodDisruptionBudget ${placeOf(disruptionBudgets[0])} is there`)
      : found(
          'no PodDisruptionBudget: a drained node may take all replicas at once',
          upgrade(evidence, ' --set podDisruptionBudget.enabled=true'),
        )
  }),
}

export const RELEASE_CHECKS: readonly Check[] = [
  deploymentThere,
  rolledOut,
  restarts,
  redundant,
  disruption,
]
