import { type Check, found, passed, unlessAny } from './check.ts'
import { nameOf, upgrade, urlsOf, withHooks } from './check-hooks.ts'
import { matchesSelector } from './check-selector.ts'
import { field, fieldAt, textAt } from './json.ts'

/** Checks of what the webhook may hold up. */

const failurePolicy: Check = {
  id: 'webhook-failure-policy',
  title: 'writes go on while it is away',
  severity: 'warning',
  when: 'after',
  needs: ['mutatingWebhooks'],
  run: withHooks((hooks, { release }) =>
    unlessAny(
      hooks
        .filter(hook => field(hook, 'failurePolicy') === 'Fail')
        .map(hook => textAt(hook, 'name')),
      'failurePolicy Ignore: what was missed is brought in line later',
      names =>
        `failurePolicy Fail: while it is away, writes are refused, Gloo’s own too, by ${names}`,
      `keep it only with several replicas and a disruption budget; else --set webhook.failurePolicy=Ignore; to get out at once: gloo-istio webhook delete --webhook-configuration ${release.name}.${release.namespace}`,
    ),
  ),
}

const KEPT_OUT = ['kube-system', 'kube-node-lease']

const namespaces: Check = {
  id: 'webhook-namespaces',
  title: 'namespaces that everything depends on are left out',
  severity: 'warning',
  when: 'after',
  needs: ['mutatingWebhooks', 'allNamespaces'],
  run: withHooks((hooks, evidence) => {
    const { objects, release } = evidence
    // A process outside has no pods in the namespace of its release.
    const own = urlsOf(hooks).length > 0 ? [] : [release.namespace]
    const asked = objects.allNamespaces.filter(
      one =>
        [...KEPT_OUT, ...own].includes(nameOf(one)) &&
        hooks.some(hook =>
          matchesSelector(field(hook, 'namespaceSelector'), fieldAt(one, 'metadata', 'labels')),
        ),
    )
    return unlessAny(
      asked.map(nameOf),
      `${[...KEPT_OUT, ...own].join(', ')} are left out`,
      names => `it is asked about writes in ${names}: were it away, they could not go on`,
      `leave them out by webhook.excludedNamespaces: ${upgrade(evidence)}`,
    )
  }),
}

const SECONDS_MAX = 10

/** What the API server takes where nothing is said; kubernetes@1.37.2:staging/src/k8s.io/api/admissionregistration/v1/types.go */
const SECONDS_DEFAULT = 10

const timeout: Check = {
  id: 'webhook-timeout',
  title: 'a write waits for it 10 s at most',
  severity: 'warning',
  when: 'after',
  needs: ['mutatingWebhooks'],
  run: withHooks((hooks, evidence) => {
    const seconds = hooks.map(hook => Number(field(hook, 'timeoutSeconds') ?? SECONDS_DEFAULT))
    const longest = Math.max(...seconds)
    return longest <= SECONDS_MAX
      ? passed(`a write waits ${longest} s at most`)
      : found(
          `a write may wait ${longest} s for it`,
          upgrade(evidence, ' --set webhook.timeoutSeconds=5'),
        )
  }),
}

export const WEBHOOK_SCOPE_CHECKS: readonly Check[] = [failurePolicy, namespaces, timeout]
