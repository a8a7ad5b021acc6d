import { type Check, skipped, unlessAny } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { findingsOf, lineOf } from './explain.ts'
import type { Form } from './form.ts'
import { isGatewayProxy } from './gateway-proxy.ts'
import { textAt } from './json.ts'
import { type Change, planOf } from './plan.ts'
import { proxyOf } from './proxy.ts'
import type { Reason } from './reasons.ts'
import { rememberedOfEach } from './remembered.ts'
import { selectForms } from './selection.ts'
import { allObjects } from './snapshot.ts'
import type { Facts, JsonObject } from './types.ts'
import { reportOn, type UpstreamReport } from './upstream-report.ts'

/** What several checks look for in the same evidence: each thing is worked out once. */

export const namespaceOf = (object: unknown): string => textAt(object, 'metadata', 'namespace')

/** `gloo-system/gateway-proxy`; the name alone where there is no namespace. */
export const placeOf = (object: unknown): string =>
  [namespaceOf(object), textAt(object, 'metadata', 'name')].filter(Boolean).join('/')

/** Every proxy of Gloo. */
export const proxiesOf = ({ facts: { snapshot } }: Evidence): readonly JsonObject[] =>
  [...allObjects(snapshot?.deployments), ...allObjects(snapshot?.daemonSets)].filter(isGatewayProxy)

export interface ProxyPlan extends Change {
  readonly place: string
  /** How it is to have each of its meshes. */
  readonly forms: readonly Form[]
}

/** What is decided about each proxy. */
export const proxyPlansOf = rememberedOfEach((evidence: Evidence): readonly ProxyPlan[] => {
  const { facts } = evidence
  return proxiesOf(evidence).map(proxy => ({
    ...planOf(proxy, facts),
    place: placeOf(proxy),
    forms: formsOf(proxy, facts),
  }))
})

const formsOf = (proxy: JsonObject, facts: Facts): readonly Form[] =>
  selectForms(proxy, facts, proxyOf(proxy, facts.gloo).gloo).forms

export interface UpstreamLook {
  readonly upstream: JsonObject
  readonly place: string
  readonly report: UpstreamReport
}

/** What is decided about each Upstream. */
export const upstreamsOf = rememberedOfEach((evidence: Evidence): readonly UpstreamLook[] =>
  allObjects(evidence.facts.snapshot?.upstreams).map(upstream => ({
    upstream,
    place: placeOf(upstream),
    report: reportOn(upstream, evidence.facts),
  })),
)

/** Modes by which some proxy is to have some mesh, with the namespaces of those proxies. */
export const namespacesByMode = (
  evidence: Evidence,
  modes: readonly Form['mode'][],
): readonly string[] => [
  ...new Set(
    proxyPlansOf(evidence)
      .filter(({ forms }) => forms.some(({ mode }) => modes.includes(mode)))
      .map(({ object }) => namespaceOf(object)),
  ),
]

export const NO_PROXY = 'no proxy of Gloo is found'

/** Answers for those proxies of which one of these reasons is said. */
export const unlessSaid =
  (reasons: readonly Reason[], good: string, hint: (evidence: Evidence) => string): Check['run'] =>
  evidence => {
    const plans = proxyPlansOf(evidence)
    if (plans.length === 0) return skipped(NO_PROXY)
    return unlessAny(
      plans.flatMap(plan =>
        findingsOf(plan.decision)
          .filter(({ reason }) => reasons.includes(reason))
          .map(finding => `${plan.place}: ${lineOf(finding)}`),
      ),
      good,
      names => names,
      hint(evidence),
    )
  }

/** How to see what the process of the release says. */
export const logsOf = ({ release: { namespace, name }, objects }: Evidence): string =>
  objects.releaseDeployments.length > 0
    ? `kubectl logs -n ${namespace} deployment/${name}`
    : 'see the log of the process'
