import { type Check, type Outcome, skipped } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { isAskedAbout, matchesSelector } from './check-selector.ts'
import { field, fieldAt, isSet, items, textAt } from './json.ts'
import type { JsonObject } from './types.ts'

/** What checks of webhooks have in common. */

export const nameOf = (object: unknown): string => textAt(object, 'metadata', 'name')

/** The one of the release that is looked at. */
export const ownConfiguration = ({ objects, release }: Evidence): JsonObject | undefined =>
  objects.mutatingWebhooks.find(one => nameOf(one) === `${release.name}.${release.namespace}`)

export const isOurs = (configuration: unknown): boolean =>
  textAt(configuration, 'metadata', 'labels', 'app.kubernetes.io/part-of') === 'gloo-istio'

export const hooksOf = (configuration: unknown) => items(field(configuration, 'webhooks'))

const NOT_REGISTERED = 'the webhook is not registered'

/** Answers for the webhooks of the release, where they are registered. */
export const withHooks =
  (run: (hooks: readonly unknown[], evidence: Evidence) => Outcome): Check['run'] =>
  evidence => {
    const configuration = ownConfiguration(evidence)
    return configuration === undefined
      ? skipped(NOT_REGISTERED)
      : run(hooksOf(configuration), evidence)
  }

export const upgrade = ({ release: { name, namespace } }: Evidence, more = ''): string =>
  `helm upgrade ${name} charts/gloo-istio -n ${namespace} --reuse-values${more}`

export const urlsOf = (hooks: readonly unknown[]) =>
  hooks.filter(hook => isSet(fieldAt(hook, 'clientConfig', 'url')))

/** Unset counts as ready (kubernetes@1.37.2:staging/src/k8s.io/api/discovery/v1/types.go). */
export const readyIn = (slice: JsonObject): readonly unknown[] =>
  items(field(slice, 'endpoints')).filter(
    endpoint => fieldAt(endpoint, 'conditions', 'ready') !== false,
  )

/** Whether writes of an object in a namespace get to the webhook of the release. */
export const isSentToUs = (
  evidence: Evidence,
  [group, resource]: readonly [string, string],
  namespace: string,
): boolean => {
  const place = evidence.objects.allNamespaces.find(one => nameOf(one) === namespace)
  return hooksOf(ownConfiguration(evidence)).some(
    hook =>
      isAskedAbout(hook, group, resource) &&
      matchesSelector(field(hook, 'namespaceSelector'), fieldAt(place, 'metadata', 'labels')),
  )
}
