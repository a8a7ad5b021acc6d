import { type Check, counted, found, passed, skipped, unlessAny } from './check.ts'
import { isSentToUs, upgrade } from './check-hooks.ts'
import { namespaceOf, placeOf, proxyPlansOf, unlessSaid, upstreamsOf } from './check-look.ts'
import { lineOf } from './explain.ts'
import { sidecarNames } from './form.ts'
import { containersOf } from './gateway-proxy.ts'
import { field, fieldAt, isRecord, isSet, textAt } from './json.ts'
import { isOn } from './proxy.ts'
import { finding } from './reasons.ts'
import { isDiscovered } from './upstream-ownership.ts'

/** Checks of what in Gloo has a say in TLS, too. */

const autoMtls: Check = {
  id: 'gloo-auto-mtls',
  title: 'Gloo’s own auto-mTLS does not overlap',
  severity: 'warning',
  needs: ['settings'],
  run: evidence => {
    const { gloo } = evidence.facts
    if (gloo.autoMtls === 'disabled') return passed('auto-mTLS is off')
    return gloo.autoMtls === 'overridden'
      ? passed('auto-mTLS is on, and gives way where gloo-istio writes')
      : found(
          lineOf(finding('AutoMtlsOn', {})),
          `have one of the two do it: ${upgrade(evidence, ' --set gloo.autoMtls=overridden')}; or switch enableAutoMtls off in Settings`,
        )
  },
}

const wholeSidecar: Check = {
  id: 'gloo-sidecar',
  title: 'no gateway has a whole Istio sidecar',
  severity: 'warning',
  needs: ['proxies', 'proxyDaemonSets'],
  run: unlessSaid(
    ['SidecarOnGateway'],
    'no gateway has a whole Istio sidecar',
    () =>
      'keep it so, or turn global.istioIntegration.enableIstioSidecarOnGateway of Gloo’s chart off',
  ),
}

const discovery: Check = {
  id: 'gloo-discovery',
  title: 'the webhook sees what Gloo’s discovery writes',
  severity: 'warning',
  when: 'after',
  needs: ['upstreams', 'mutatingWebhooks', 'allNamespaces'],
  run: evidence => {
    const discovered = upstreamsOf(evidence).filter(({ upstream }) => isDiscovered(upstream))
    if (discovered.length === 0) return skipped('no Upstream is discovered')
    const written = [...new Set(discovered.map(({ upstream }) => namespaceOf(upstream)))]
    return unlessAny(
      written.filter(namespace => !isSentToUs(evidence, ['gloo.solo.io', 'upstreams'], namespace)),
      `${counted(discovered.length, 'Upstream')} discovered, each write seen`,
      names =>
        `discovery writes to ${names}, which the webhook is not asked about: it reverts what is changed there`,
      'do not exclude that namespace: webhook.excludedNamespaces, webhook.namespaceSelector, webhook.excludeReleaseNamespace',
    )
  },
}

const glooMtls: Check = {
  id: 'gloo-mtls',
  title: 'Gloo’s own mTLS and that of the mesh share one sds',
  severity: 'failed',
  needs: ['proxies', 'proxyDaemonSets'],
  run: evidence => {
    const withGlooMtls = proxyPlansOf(evidence).filter(({ object }) =>
      containersOf(object).some(container => isOn(container, 'GLOO_MTLS_SDS_ENABLED')),
    )
    if (withGlooMtls.length === 0) return skipped('glooMtls is off')
    const alone = withGlooMtls.filter(
      ({ object, forms }) =>
        forms.some(form => sidecarNames(form).sds === 'sds') &&
        !containersOf(object).some(
          container =>
            isOn(container, 'GLOO_MTLS_SDS_ENABLED') && isOn(container, 'ISTIO_MTLS_SDS_ENABLED'),
        ),
    )
    return unlessAny(
      alone.map(({ place }) => place),
      'container sds serves both',
      names =>
        `container sds of ${names} serves Gloo’s own certificates alone, on the port of the mesh`,
      'write the proxy once more, or let it be reconciled: gloo-istio backfill --dry-run',
    )
  },
}

/** Gloo 1.11 and later report by namespace; before, there is one report (gloo@v1.11.0:changelog). */
const rejections = (upstream: unknown): readonly string[] => {
  const many = fieldAt(upstream, 'status', 'statuses')
  const reports = isRecord(many) ? Object.values(many) : [field(upstream, 'status')]
  return reports
    .filter(report => ['Rejected', 'Warning', 2, 3].some(bad => bad === field(report, 'state')))
    .map(report => textAt(report, 'reason') || 'it does not say why')
}

const accepted: Check = {
  id: 'gloo-accepts',
  title: 'Gloo accepts each Upstream',
  severity: 'failed',
  needs: ['upstreamStates'],
  run: ({ objects }) => {
    const reported = objects.upstreamStates.filter(one => isSet(field(one, 'status')))
    if (reported.length === 0) return skipped('Gloo has reported on no Upstream')
    return unlessAny(
      reported.flatMap(one =>
        rejections(one)
          .slice(0, 1)
          .map(why => `${placeOf(one)} (${why.split('\n')[0]})`),
      ),
      `Gloo accepts ${counted(reported.length, 'Upstream')}`,
      names => `Gloo does not accept ${names}`,
      'kubectl get upstream NAME -n NAMESPACE -o yaml; gloo-istio explain upstream NAMESPACE/NAME',
    )
  },
}

export const GLOO_MTLS_CHECKS: readonly Check[] = [
  autoMtls,
  wholeSidecar,
  discovery,
  glooMtls,
  accepted,
]
