import { type Check, counted, found, listed, passed, skipped, unlessAny } from './check.ts'
import { NO_PROXY, placeOf, proxiesOf } from './check-look.ts'
import { field, fieldAt, items, textAt } from './json.ts'
import { allObjects } from './snapshot.ts'

/** Checks of whether Gloo is there. */

const crds: Check = {
  id: 'gloo-crds',
  title: 'the API server knows Upstreams',
  severity: 'failed',
  needs: ['crds'],
  run: ({ objects }) => {
    const [crd] = objects.crds
    if (crd === undefined)
      return found(
        'upstreams.gloo.solo.io is no resource here: Gloo is not installed, or without its CRDs',
        'install Gloo: helm install gloo gloo/gloo -n gloo-system --create-namespace',
      )
    const served = items(fieldAt(crd, 'spec', 'versions'))
      .filter(version => field(version, 'served') === true)
      .map(version => textAt(version, 'name'))
    return served.includes('v1')
      ? passed(`upstreams.gloo.solo.io is served as ${listed(served)}`)
      : found(
          `upstreams.gloo.solo.io is served as ${listed(served) || 'nothing'}, not as v1`,
          'install the CRDs of your Gloo: kubectl apply -f of its chart’s folder crds',
        )
  },
}

/** Fields that are written, and that a schema without them would drop. */
const WRITTEN = [
  ['sslConfig', 'alpnProtocols'],
  ['sslConfig', 'verifySubjectAltName'],
  ['sslConfig', 'sds', 'targetUri'],
  ['sslConfig', 'sds', 'certificatesSecretName'],
  ['sslConfig', 'sds', 'validationContextName'],
  ['sslConfig', 'sslFiles', 'tlsCert'],
] as const

const isKept = (schema: unknown, [name = '', ...rest]: readonly string[]): boolean => {
  const kept = field(schema, 'x-kubernetes-preserve-unknown-fields') === true
  const next = fieldAt(schema, 'properties', name)
  if (name === '' || (kept && next === undefined)) return true
  return next !== undefined && isKept(next, rest)
}

const pruning: Check = {
  id: 'gloo-crd-fields',
  title: 'its CRD keeps what is written',
  severity: 'failed',
  needs: ['crds'],
  run: ({ objects }) => {
    const versions = items(fieldAt(objects.crds[0], 'spec', 'versions'))
    const served = versions.find(version => field(version, 'name') === 'v1')
    const schema = fieldAt(served, 'schema', 'openAPIV3Schema', 'properties', 'spec')
    if (schema === undefined) return skipped('the CRD has no schema to drop fields by')
    return unlessAny(
      WRITTEN.filter(path => !isKept(schema, path)).map(path => path.join('.')),
      'the schema keeps all fields that are written',
      names => `the schema of upstreams.gloo.solo.io drops ${names}`,
      'apply the CRDs of the Gloo that runs: Helm never upgrades CRDs by itself',
    )
  },
}

const settings: Check = {
  id: 'gloo-settings',
  title: 'Gloo’s Settings are there',
  severity: 'warning',
  needs: ['settings', 'crds'],
  run: ({ facts: { snapshot } }) => {
    const all = allObjects(snapshot?.settings)
    return all.length > 0
      ? passed(`Settings ${listed(all.map(placeOf))}`)
      : found(
          'no Settings of Gloo are found, so any workload with its labels counts as a proxy of all Upstreams',
          'see that Gloo is installed: kubectl get settings.gloo.solo.io -A',
        )
  },
}

const proxies: Check = {
  id: 'gloo-proxies',
  title: 'there is a proxy of Gloo',
  severity: 'failed',
  needs: ['proxies', 'proxyDaemonSets'],
  run: evidence => {
    const all = proxiesOf(evidence)
    return all.length > 0
      ? passed(`${counted(all.length, 'proxy', 'proxies')}: ${listed(all.map(placeOf))}`)
      : found(
          `${NO_PROXY}: nothing sends requests to Upstreams`,
          'install Gloo, or see the labels of its proxies: kubectl get deployments,daemonsets -A -l gloo',
        )
  },
}

export const GLOO_CHECKS: readonly Check[] = [crds, pruning, settings, proxies]
