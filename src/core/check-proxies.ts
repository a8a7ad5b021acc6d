import { podSpecOf } from './additions.ts'
import { INJECT_ANNOTATION } from './annotations.ts'
import { type Check, counted, skipped, unlessAny } from './check.ts'
import {
  NO_PROXY,
  namespaceOf,
  type ProxyPlan,
  placeOf,
  proxiesOf,
  proxyPlansOf,
  unlessSaid,
} from './check-look.ts'
import { lineOf } from './explain.ts'
import { containersOf } from './gateway-proxy.ts'
import { field, textAt, textOf } from './json.ts'
import { valueAt } from './keyed-path.ts'
import { isOn } from './proxy.ts'
import { finding } from './reasons.ts'
import { isRolledOut, wantedPods } from './rollout.ts'
import { switchedOff } from './switch-rule.ts'
import type { JsonObject } from './types.ts'

const NEEDS = ['proxies', 'proxyDaemonSets'] as const

const isOff = (plan: ProxyPlan): boolean =>
  switchedOff(plan.object, INJECT_ANNOTATION)?.reason === 'OptedOut'

const injected: Check = {
  id: 'proxies-injected',
  title: 'each proxy carries what is decided',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    const plans = proxyPlansOf(evidence)
    if (plans.length === 0) return skipped(NO_PROXY)
    const due = plans.filter(({ patch, held }) => patch.length + held.length > 0)
    const off = plans.filter(isOff).length
    return unlessAny(
      due.map(({ place }) => place),
      `${counted(plans.length, 'proxy', 'proxies')} as decided${off > 0 ? `, ${off} opted out` : ''}`,
      names => `not as decided yet: ${names}`,
      'see what is to be written: gloo-istio backfill --dry-run; the webhook does it at their next write, the reconciler by itself with stage inject',
    )
  },
}

const rollout = (proxy: JsonObject): string => {
  const kind = textAt(proxy, 'kind').toLowerCase()
  return `kubectl rollout status ${kind}/${textAt(proxy, 'metadata', 'name')} -n ${namespaceOf(proxy)}`
}

const rolledOut: Check = {
  id: 'proxies-rolled-out',
  title: 'each proxy is rolled out and ready',
  severity: 'failed',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    const wanted = proxiesOf(evidence).filter(one => wantedPods(one) > 0)
    if (wanted.length === 0) return skipped('no proxy is to have pods')
    const late = wanted.filter(one => !isRolledOut(one))
    return unlessAny(
      late.map(placeOf),
      `${counted(wanted.length, 'proxy', 'proxies')} rolled out and ready`,
      names => `not rolled out, or not ready: ${names}`,
      `Upstreams wait for them: ${late.map(rollout).slice(0, 1).join('')}`,
    )
  },
}

const clashes: Check = {
  id: 'proxies-clashes',
  title: 'nothing stands in the way of what a proxy is to get',
  severity: 'failed',
  when: 'after',
  needs: NEEDS,
  run: unlessSaid(
    [
      'MountPathTaken',
      'VolumeNameTaken',
      'ContainerNameTaken',
      'PortTaken',
      'SdsPortFixed',
      'SdsImageUnknown',
      'EnvoyContainerNotFound',
      'InvalidSpec',
    ],
    'no names, paths or ports clash',
    () =>
      'do what it says, then write the proxy once more: kubectl annotate deployment NAME -n NAMESPACE --overwrite example.com/touched=$(date +%s)',
  ),
}

const drift: Check = {
  id: 'proxies-drift',
  title: 'nobody changed what was added to a proxy',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: unlessSaid(
    ['AdditionChanged'],
    'all that was added is as it was',
    () => 'remove what was changed to have it anew, or keep it and live with this warning',
  ),
}

const annotations: Check = {
  id: 'proxies-annotations',
  title: 'annotations of proxies say what they can say',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: unlessSaid(
    ['InvalidAnnotation', 'MalformedMeshReference', 'UnknownMesh'],
    'no annotation is a slip',
    () => 'correct it: docs/reference/annotations.md',
  ),
}

const meshes: Check = {
  id: 'proxies-meshes',
  title: 'each proxy carries all its meshes',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: unlessSaid(
    ['MeshNotCarried'],
    'no mesh is left out',
    () =>
      'pin another mode for one of the meshes, or name those of each proxy: annotation gloo-istio.io/meshes',
  ),
}

const node: Check = {
  id: 'proxies-host-network',
  title: 'ports of proxies do not clash on a node',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    const inNode = proxyPlansOf(evidence).filter(
      ({ object, forms }) => field(podSpecOf(object), 'hostNetwork') === true && forms.length > 0,
    )
    return unlessAny(
      inNode.length > 1 ? inNode.map(({ place }) => place) : [],
      'at most one proxy uses the network of its node',
      names => `the same ports of the node are wanted by ${names}`,
      'keep them on different nodes by podAntiAffinity or nodeSelector, or name the meshes of each: annotation gloo-istio.io/meshes',
    )
  },
}

const LOOPBACK = '127.0.0.1:'
/** Gloo's own (gloo@v1.12.0:projects/sds/pkg/run). */
const DEFAULT_ADDRESS = '0.0.0.0:8234'

const addressOf = (container: unknown): string =>
  textOf(valueAt(container, 'env[SDS_SERVER_ADDRESS].value')) ?? DEFAULT_ADDRESS

/** Of each container of a proxy that serves keys on more than the loopback, what there is to say. */
const exposedIn = (proxy: JsonObject): readonly string[] =>
  containersOf(proxy)
    .filter(one => isOn(one, 'ISTIO_MTLS_SDS_ENABLED') && !addressOf(one).startsWith(LOOPBACK))
    .map(one => {
      const port = String(addressOf(one).split(':').at(-1))
      const said = finding('SdsExposed', { container: textAt(one, 'name'), port })
      return `${placeOf(proxy)}: ${lineOf(said)}`
    })

const exposed: Check = {
  id: 'proxies-sds-exposed',
  title: 'no container sds serves keys to other pods',
  severity: 'warning',
  when: 'after',
  needs: NEEDS,
  run: evidence =>
    unlessAny(
      proxiesOf(evidence).flatMap(exposedIn),
      'each listens on 127.0.0.1 alone',
      names => names,
      'set SDS_SERVER_ADDRESS=127.0.0.1:8234 there, or guard the port by a NetworkPolicy',
    ),
}

export const PROXY_CHECKS: readonly Check[] = [
  injected,
  rolledOut,
  clashes,
  drift,
  annotations,
  meshes,
  node,
  exposed,
]
