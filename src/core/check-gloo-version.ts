import { podSpecOf } from './additions.ts'
import { bootstrapText, clusterNames } from './bootstrap.ts'
import { type Check, listed, skipped, unlessAny } from './check.ts'
import { upgrade } from './check-hooks.ts'
import {
  NO_PROXY,
  namespaceOf,
  placeOf,
  proxiesOf,
  proxyPlansOf,
  unlessSaid,
} from './check-look.ts'
import { lineOf } from './explain.ts'
import { field, items, textAt } from './json.ts'
import { versionOfProxy } from './observe.ts'
import { finding } from './reasons.ts'
import { objectIn } from './snapshot.ts'
import { needsBootstrapCluster } from './ssl-config.ts'
import type { Facts, JsonObject } from './types.ts'

/** Checks of which Gloo it is, and what that version needs. */

const version: Check = {
  id: 'gloo-version',
  title: 'the version of each proxy is known',
  severity: 'failed',
  needs: ['proxies', 'proxyDaemonSets'],
  run: evidence => {
    const all = proxiesOf(evidence)
    if (all.length === 0) return skipped(NO_PROXY)
    const told = evidence.facts.gloo.version
    const unknown = told === undefined ? all.filter(one => versionOfProxy(one) === undefined) : []
    return unlessAny(
      unknown.map(placeOf),
      `Gloo ${told ?? listed([...new Set(all.map(one => String(versionOfProxy(one))))])}`,
      names => `${names}: ${lineOf(finding('GlooVersionUnknown', {}))}`,
      `tell it, this one for instance: ${upgrade(evidence, ' --set-string gloo.version=1.17.3')}`,
    )
  },
}

const oneVersion: Check = {
  id: 'gloo-one-version',
  title: 'the proxies of a namespace are of one version',
  severity: 'warning',
  needs: ['proxies', 'proxyDaemonSets'],
  run: evidence => {
    const all = proxiesOf(evidence)
    if (all.length === 0) return skipped(NO_PROXY)
    const groups = Map.groupBy(all, namespaceOf)
    const mixed = [...groups].filter(([, of]) => new Set(of.map(versionOfProxy)).size > 1)
    return unlessAny(
      mixed.map(([namespace]) => namespace),
      'the proxies of each namespace agree on a version',
      names => `proxies of several versions in ${names}: Upstreams there are left alone`,
      'finish the upgrade of Gloo, or tell the version that counts by gloo.version',
    )
  },
}

const toldVersion: Check = {
  id: 'gloo-told-version',
  title: 'the configuration and the proxies agree on a version',
  severity: 'warning',
  needs: ['proxies', 'proxyDaemonSets'],
  run: unlessSaid(
    ['GlooVersionDiffers'],
    'nothing that is told contradicts what runs',
    evidence =>
      `correct gloo.version, or leave it out: ${upgrade(evidence, ' --set-string gloo.version=')}`,
  ),
}

/** gloo@v1.5.0:install/helm/gloo/templates/9-gateway-proxy-configmap.yaml */
const CLUSTER = 'gateway_proxy_sds'

/** Whether the bootstrap that a proxy mounts is known, and has no such cluster. */
const isSeenWithout = (proxy: JsonObject, { snapshot, readBootstrap }: Facts): boolean => {
  const volumes = items(field(podSpecOf(proxy), 'volumes'))
  const names = volumes
    .filter(volume => field(volume, 'name') === 'envoy-config')
    .map(volume => textAt(volume, 'configMap', 'name'))
  const configMap = objectIn(snapshot?.configMaps, namespaceOf(proxy), names.join(''))
  const bootstrap = configMap && readBootstrap(bootstrapText(configMap)?.text ?? '')
  return bootstrap !== undefined && !clusterNames(bootstrap).includes(CLUSTER)
}

const bootstrap: Check = {
  id: 'gloo-bootstrap',
  title: 'proxies have the static cluster that their Gloo needs',
  severity: 'failed',
  needs: ['proxies', 'proxyDaemonSets'],
  run: evidence => {
    const { facts } = evidence
    const needing = proxyPlansOf(evidence).flatMap(plan =>
      plan.forms.filter(needsBootstrapCluster).map(form => ({ ...plan, gloo: form.pair.gloo })),
    )
    if (needing.length === 0) return skipped('no proxy needs one')
    const without = needing.filter(
      ({ object }) => !facts.gloo.bootstrapCluster || isSeenWithout(object, facts),
    )
    return unlessAny(
      without.map(({ place, gloo }) => {
        const said = { gloo: String(gloo?.text), cluster: CLUSTER }
        return `${place}: ${lineOf(finding('BootstrapClusterMissing', said))}`
      }),
      `cluster ${CLUSTER} is there`,
      names => names,
      'step by step: docs/guides/modes.md#gloo-before-1124-the-bootstrap',
    )
  },
}

export const GLOO_VERSION_CHECKS: readonly Check[] = [version, oneVersion, toldVersion, bootstrap]
