import { type Check, found, passed, skipped, unlessAny } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { isOurs, readyIn } from './check-hooks.ts'
import { namespaceOf, placeOf, proxiesOf, upstreamsOf } from './check-look.ts'
import { isAskedAbout, isAskedIn } from './check-selector.ts'
import { field, fieldAt, items, textAt } from './json.ts'
import type { JsonObject } from './types.ts'

/** Checks of the webhooks of others, which see the same objects. */

const UPSTREAMS = ['gloo.solo.io', 'upstreams'] as const

const pluralOf = (workload: JsonObject): string => `${textAt(workload, 'kind').toLowerCase()}s`

/** What a webhook is asked about of the objects that we decide about. */
const touchedBy = (hook: unknown, evidence: Evidence): readonly string[] => {
  const namespaces = new Map(
    evidence.objects.allNamespaces.map(one => [textAt(one, 'metadata', 'name'), one]),
  )
  const isTouched = ([group, resource]: readonly [string, string], object: JsonObject) =>
    isAskedAbout(hook, group, resource) &&
    isAskedIn(hook, namespaces.get(namespaceOf(object)), object)
  const upstream = upstreamsOf(evidence).find(({ upstream: one }) => isTouched(UPSTREAMS, one))
  const proxy = proxiesOf(evidence).find(one => isTouched(['apps', pluralOf(one)], one))
  return [...(upstream ? ['Upstreams'] : []), ...(proxy ? ['proxies'] : [])]
}

const mutating: Check = {
  id: 'webhook-others',
  title: 'no other mutating webhook touches the same objects',
  severity: 'warning',
  needs: ['mutatingWebhooks', 'allNamespaces', 'proxies', 'proxyDaemonSets', 'upstreams'],
  run: evidence =>
    unlessAny(
      evidence.objects.mutatingWebhooks
        .filter(one => !isOurs(one))
        .flatMap(one => items(field(one, 'webhooks')))
        .flatMap(hook => {
          const touched = touchedBy(hook, evidence)
          return touched.length === 0 ? [] : [`${textAt(hook, 'name')} (${touched.join(' and ')})`]
        }),
      'no other mutating webhook is asked about Upstreams or proxies',
      names => `others may change the same objects: ${names}`,
      'see that they leave sslConfig, containers and volumes alone; what they undo is told as an Event: kubectl get events -A --field-selector reason=Contested',
    ),
}

const glooValidation: Check = {
  id: 'webhook-gloo-validation',
  title: 'Gloo’s own validation lets writes through',
  severity: 'failed',
  needs: ['validatingWebhooks', 'endpointSlices'],
  run: ({ objects }) => {
    const asked = objects.validatingWebhooks
      .flatMap(one => items(field(one, 'webhooks')))
      .filter(hook => isAskedAbout(hook, ...UPSTREAMS))
    if (asked.length === 0) return skipped('nobody validates Upstreams')
    const blocking = asked
      .filter(hook => field(hook, 'failurePolicy') === 'Fail')
      .map(hook => fieldAt(hook, 'clientConfig', 'service'))
      .map(to => [textAt(to, 'namespace'), textAt(to, 'name')].join('/'))
      .filter(place => !hasEndpoint(objects.endpointSlices, place))
    return blocking.length === 0
      ? passed('what validates Upstreams is there')
      : found(
          `${blocking[0]}, which validates Upstreams, has no ready endpoint: each write of one is refused`,
          'have Gloo’s control plane start: kubectl get pods -A -l gloo=gloo',
        )
  },
}

const hasEndpoint = (slices: readonly JsonObject[], place: string): boolean =>
  slices.some(
    slice =>
      `${namespaceOf(slice)}/${textAt(slice, 'metadata', 'labels', 'kubernetes.io/service-name')}` ===
        place && readyIn(slice).length > 0,
  )

const contested: Check = {
  id: 'webhook-contested',
  title: 'nobody undoes what was written',
  severity: 'warning',
  when: 'after',
  needs: ['contestedEvents'],
  run: ({ objects }) =>
    unlessAny(
      [
        ...new Set(
          objects.contestedEvents.map(
            event =>
              `${placeOf({ metadata: event['involvedObject'] })}: ${textAt(event, 'message')}`,
          ),
        ),
      ],
      'no Event says that somebody undid what was written',
      names => names,
      'find out who: kubectl get events -A --field-selector reason=Contested; kubectl get upstream NAME -n NAMESPACE -o yaml --show-managed-fields',
    ),
}

export const OTHER_WEBHOOK_CHECKS: readonly Check[] = [mutating, glooValidation, contested]
