import { type Check, found, passed, skipped, unlessAny } from './check.ts'
import {
  isOurs,
  nameOf,
  ownConfiguration,
  readyIn,
  upgrade,
  urlsOf,
  withHooks,
} from './check-hooks.ts'
import { logsOf, namespaceOf, placeOf } from './check-look.ts'
import { isAskedAbout } from './check-selector.ts'
import { fieldAt, textAt } from './json.ts'

/** Checks of our own MutatingWebhookConfiguration, and of who answers. */

const registered: Check = {
  id: 'webhook-configuration',
  title: 'the webhook is registered',
  severity: 'failed',
  when: 'after',
  needs: ['mutatingWebhooks'],
  run: evidence => {
    const { release } = evidence
    const name = `${release.name}.${release.namespace}`
    const configuration = ownConfiguration(evidence)
    return configuration === undefined
      ? found(
          `MutatingWebhookConfiguration ${name} is not there: the API server asks nobody`,
          `make it anew: ${upgrade(evidence)}`,
        )
      : passed(`MutatingWebhookConfiguration ${name} is there`)
  },
}

const WANTED = [
  ['gloo.solo.io', 'upstreams'],
  ['apps', 'deployments'],
  ['apps', 'daemonsets'],
  ['', 'configmaps'],
] as const

const rules: Check = {
  id: 'webhook-rules',
  title: 'it is asked about all that it decides about',
  severity: 'failed',
  when: 'after',
  needs: ['mutatingWebhooks'],
  run: withHooks((hooks, evidence) =>
    unlessAny(
      WANTED.filter(
        ([group, resource]) => !hooks.some(hook => isAskedAbout(hook, group, resource)),
      ).map(([, resource]) => resource),
      'it is asked about Upstreams, Deployments, DaemonSets and ConfigMaps',
      names => `it is not asked about ${names}`,
      `somebody changed its rules; bring them back: ${upgrade(evidence)}`,
    ),
  ),
}

const service: Check = {
  id: 'webhook-service',
  title: 'the Service that the API server calls is there',
  severity: 'failed',
  when: 'after',
  needs: ['mutatingWebhooks', 'releaseServices'],
  run: withHooks((hooks, evidence) => {
    if (urlsOf(hooks).length > 0) return skipped('the API server calls a URL')
    const called = hooks.map(hook => {
      const to = fieldAt(hook, 'clientConfig', 'service')
      return `${textAt(to, 'namespace')}/${textAt(to, 'name')}`
    })
    const there = evidence.objects.releaseServices.map(placeOf)
    return unlessAny(
      [...new Set(called)].filter(name => !there.includes(name)),
      `Service ${called[0]} is there`,
      names => `Service ${names}, which the API server is to call, is not there`,
      `make it anew: ${upgrade(evidence)}`,
    )
  }),
}

const endpoints: Check = {
  id: 'webhook-endpoints',
  title: 'that Service has a ready endpoint',
  severity: 'failed',
  when: 'after',
  needs: ['mutatingWebhooks', 'releaseServices', 'endpointSlices'],
  run: withHooks((hooks, { objects, release }) => {
    if (urlsOf(hooks).length > 0) return skipped('the API server calls a URL')
    const ready = objects.endpointSlices
      .filter(
        slice =>
          namespaceOf(slice) === release.namespace &&
          textAt(slice, 'metadata', 'labels', 'kubernetes.io/service-name') === release.name,
      )
      .flatMap(readyIn)
    return ready.length > 0
      ? passed(`${ready.length} ready`)
      : found(
          `Service ${release.namespace}/${release.name} has no ready endpoint: nobody answers`,
          `kubectl get pods,endpointslices -n ${release.namespace}; kubectl describe pods -n ${release.namespace}`,
        )
  }),
}

const answers: Check = {
  id: 'webhook-answers',
  title: 'an Upstream that is tried out comes back filled',
  severity: 'failed',
  when: 'after',
  needs: ['mutatingWebhooks', 'trial'],
  run: evidence => {
    const {
      trial,
      facts: { stage, meshes },
    } = evidence
    if (trial === undefined) return skipped('there are no Upstreams to try it with')
    const { kind, namespace, text } = trial
    const [first = ''] = text.split('\n')
    if (kind === 'filled') return passed(`an Upstream tried out in ${namespace} was filled`)
    const logs = logsOf(evidence)
    if (kind !== 'answered')
      return found(first, `gloo-istio webhook check -n ${namespace}; ${logs}`)
    return stage === 'inject' && meshes.length > 0
      ? found(
          `it answers, but an Upstream tried out in ${namespace} was not filled: ${first}`,
          `do what it says; ${logs}`,
          'warning',
        )
      : passed(`it answers in ${namespace}, and fills nothing: ${first}`)
  },
}

const alone: Check = {
  id: 'webhook-alone',
  title: 'no other gloo-istio decides about the same objects',
  severity: 'warning',
  when: 'after',
  needs: ['mutatingWebhooks'],
  run: evidence =>
    unlessAny(
      evidence.objects.mutatingWebhooks
        .filter(one => isOurs(one) && one !== ownConfiguration(evidence))
        .map(nameOf),
      'no other gloo-istio is registered',
      names => `another gloo-istio is registered, too: ${names}`,
      'uninstall one, or give each namespaces of its own by webhook.namespaceSelector',
    ),
}

export const WEBHOOK_CHECKS: readonly Check[] = [
  registered,
  rules,
  service,
  endpoints,
  answers,
  alone,
]
