import { podSpecOf } from './additions.ts'
import { type Check, skipped, unlessAny } from './check.ts'
import type { Evidence } from './check-evidence.ts'
import { placeOf, type UpstreamLook, upstreamsOf } from './check-look.ts'
import { snapshotOf } from './check-meshes.ts'
import { type Form, formOf, isForm } from './form.ts'
import { containersOf, envoyContainerOf } from './gateway-proxy.ts'
import { lackOf } from './injection.ts'
import { field, isSet, items, textAt, textOf } from './json.ts'
import { valueAt } from './keyed-path.ts'
import { glooVersionIn } from './observe.ts'
import { proxiesServing } from './proxies-serving.ts'
import { isOn } from './proxy.ts'
import { isFinding } from './reasons.ts'
import { inCamelCase } from './ssl-config.ts'
import type { JsonObject, Mesh } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { meshOf } from './upstream-certificates.ts'
import { writeOf } from './write-of.ts'

/** Checks that proxies have what the sslConfig of an Upstream names, whoever wrote it. */

const NEEDS = ['upstreams', 'proxies', 'proxyDaemonSets'] as const

const servingProxies = (evidence: Evidence, { report }: UpstreamLook): readonly JsonObject[] =>
  proxiesServing(snapshotOf(evidence), report.namespace)

/** `gloo-system/details, of gloo-system/gateway-proxy`: an Upstream, and a proxy that lacks something of it. */
const lacking = (
  evidence: Evidence,
  looks: readonly UpstreamLook[],
  lacks: (proxy: JsonObject, look: UpstreamLook) => boolean,
): readonly string[] =>
  looks.flatMap(look => {
    const proxy = servingProxies(evidence, look).find(one => lacks(one, look))
    return proxy === undefined ? [] : [`${look.place} (${placeOf(proxy)})`]
  })

/** How an Upstream gets its certificates; none where that cannot be told. */
const formsOf = ({ facts }: Evidence, { upstream, report }: UpstreamLook): readonly Form[] =>
  [meshOf(writeOf(upstream), facts)]
    .filter((mesh): mesh is Mesh => !isFinding(mesh))
    .map(mesh => formOf(facts, glooVersionIn(facts, report.namespace), mesh))
    .filter(isForm)

const carried: Check = {
  id: 'upstreams-material',
  title: 'proxies carry the mesh of each Upstream that is on',
  severity: 'failed',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    const on = upstreamsOf(evidence).filter(({ report }) => report.standing === 'mtls')
    if (on.length === 0) return skipped('no Upstream is on')
    const without = lacking(evidence, on, (proxy, look) =>
      formsOf(evidence, look).some(
        form => lackOf(writeOf(proxy), evidence.facts, form) !== undefined,
      ),
    )
    return unlessAny(
      without,
      'each proxy carries them',
      names => `requests fail, for a proxy lacks the certificates: ${names}`,
      'bring the proxy in line: gloo-istio backfill; or see why it is not: gloo-istio backfill --dry-run',
    )
  },
}

interface Sds {
  readonly names: readonly string[]
  readonly port: string
}

const GLOO_SDS = [
  ['ISTIO_MTLS_SDS_ENABLED', 'ISTIO_SERVER_CERT', 'istio_server_cert'],
  ['ISTIO_MTLS_SDS_ENABLED', 'ISTIO_VALIDATION_CONTEXT', 'istio_validation_context'],
  ['GLOO_MTLS_SDS_ENABLED', 'GLOO_SERVER_CERT', 'server_cert'],
  ['GLOO_MTLS_SDS_ENABLED', 'GLOO_VALIDATION_CONTEXT', 'validation_context'],
] as const

const variable = (container: unknown, name: string): string | undefined =>
  textOf(valueAt(container, `env[${name}].value`))

const DEFAULT_PORT = '8234'

/** What an sds container of Gloo serves, and where (gloo@v1.22.1:projects/sds/pkg/run/run.go). */
const servedBy = (container: unknown): Sds => ({
  names: GLOO_SDS.filter(([isServing]) => isOn(container, isServing)).map(
    ([, told, name]) => variable(container, told) ?? name,
  ),
  port: variable(container, 'SDS_SERVER_ADDRESS')?.split(':').at(-1) ?? DEFAULT_PORT,
})

const mountPaths = (proxy: JsonObject): readonly string[] =>
  items(field(envoyContainerOf(proxy), 'volumeMounts'))
    .filter(mount =>
      items(field(podSpecOf(proxy), 'volumes')).some(
        volume => field(volume, 'name') === field(mount, 'name'),
      ),
    )
    .map(mount => textAt(mount, 'mountPath').replace(/\/+$/, ''))

const isMounted = (proxy: JsonObject, path: string): boolean =>
  mountPaths(proxy).some(folder => path.startsWith(`${folder}/`))

const SOCKET = 'unix:'

const sdsOf = ({ upstream }: UpstreamLook): unknown =>
  field(inCamelCase(viewUpstream(upstream).sslConfig), 'sds')

/** Whether nobody in a proxy serves what an sslConfig asks of SDS. */
const lacksSds = (proxy: JsonObject, look: UpstreamLook): boolean => {
  const sds = sdsOf(look)
  const target = textAt(sds, 'targetUri')
  if (target.startsWith(SOCKET)) return !isMounted(proxy, target.slice(SOCKET.length))
  const names = ['certificatesSecretName', 'validationContextName']
    .map(key => textAt(sds, key))
    .filter(Boolean)
  const port = target.split(':')[1]
  return !containersOf(proxy)
    .map(servedBy)
    .some(
      served =>
        names.every(name => served.names.includes(name)) &&
        (port === undefined || port === served.port),
    )
}

const sdsNames: Check = {
  id: 'upstreams-sds-names',
  title: 'each name that Upstreams ask of SDS is served',
  severity: 'failed',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    const asking = upstreamsOf(evidence).filter(look => isSet(sdsOf(look)))
    if (asking.length === 0) return skipped('no Upstream asks SDS')
    return unlessAny(
      lacking(evidence, asking, lacksSds),
      'all are served',
      names => `nobody in the proxy serves what is asked for: ${names}`,
      'one such name holds up all that Envoy is to learn: remove the sslConfig, or have the proxy injected: gloo-istio backfill',
    )
  },
}

/** What every image has, authorities of the web among it. */
const IN_IMAGE = '/etc/ssl/'

const pathsOf = ({ upstream }: UpstreamLook): readonly string[] => {
  const files = field(inCamelCase(viewUpstream(upstream).sslConfig), 'sslFiles')
  return ['tlsCert', 'tlsKey', 'rootCa']
    .map(key => textAt(files, key))
    .filter(path => path !== '' && !path.startsWith(IN_IMAGE))
}

const filePaths: Check = {
  id: 'upstreams-file-paths',
  title: 'each file that Upstreams name is mounted',
  severity: 'failed',
  when: 'after',
  needs: NEEDS,
  run: evidence => {
    const naming = upstreamsOf(evidence).filter(look => pathsOf(look).length > 0)
    if (naming.length === 0) return skipped('no Upstream names files')
    return unlessAny(
      lacking(evidence, naming, (proxy, look) =>
        pathsOf(look).some(path => !isMounted(proxy, path)),
      ),
      'all are mounted',
      names => `files that are named are in no volume of the proxy: ${names}`,
      'Envoy refuses such a cluster, and Gloo does not see it: mount them, or remove the sslConfig',
    )
  },
}

export const MATERIAL_CHECKS: readonly Check[] = [carried, sdsNames, filePaths]
