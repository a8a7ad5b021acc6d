import { annotationOf } from './annotations.ts'
import { field, isRecord, isSet, items, textAt } from './json.ts'
import { has } from './matrix.ts'
import type { JsonObject } from './types.ts'
import { eitherCase, type UpstreamView } from './upstream.ts'
import type { Version } from './version.ts'

/** Destinations with a TLS of their own, or outside Kubernetes (gloo@v1.22.1:projects/gloo/api/v1/upstream.proto). */
const FOREIGN_DESTINATIONS = ['ai', 'aws', 'awsEc2', 'azure', 'consul', 'gcp', 'pipe']

/** The field of a destination that cannot be a workload of a mesh, with what is wrong about it. */
export const foreignDestination = (
  { field: at, settings }: UpstreamView,
  clusterDomain: string,
): string | undefined => {
  const found = FOREIGN_DESTINATIONS.find(name => isSet(eitherCase(settings, name)))
  if (found !== undefined) return `${at}.${found}`
  const hosts = items(field(field(settings, 'static'), 'hosts'))
  const outside = hosts.findIndex(host => serviceAt(host, clusterDomain) === undefined)
  return outside < 0 ? undefined : `${at}.static.hosts[${outside}].addr`
}

const HTTPS_PORT = 443

/**
 * The Service that a static host is, `<service>.<namespace>.svc` with or without the cluster's domain;
 * undefined for any other. `<service>.<namespace>` could as well be `example.com`, so on port 443 it is
 * not believed.
 */
export const serviceAt = (host: unknown, clusterDomain: string) => {
  const address = textAt(host, 'addr')
  const name = address.endsWith(`.svc.${clusterDomain}`)
    ? address.slice(0, -clusterDomain.length - 1)
    : address
  const [service, namespace, svc, ...more] = name.split('.')
  if (!service || !namespace || more.length > 0 || /^[\d.]+$/.test(name)) return undefined
  const isMeant = svc === 'svc' || (svc === undefined && field(host, 'port') !== HTTPS_PORT)
  return isMeant ? { service, namespace } : undefined
}

const SSL_SERVICE = ['secret', 'tlsCert', 'tlsKey', 'rootCa'].map(
  key => `gloo.solo.io/sslService.${key}`,
)
const UPSTREAM_CONFIG = 'gloo.solo.io/upstream_config'

/**
 * The annotation by which the Service itself decides about TLS, which Gloo's discovery copies to the
 * Upstream (gloo@v1.22.1:projects/gloo/pkg/plugins/kubernetes/serviceconverter).
 */
export const decidingAnnotation = (
  upstream: JsonObject,
  { settings }: UpstreamView,
  gloo: Version | undefined,
): string | undefined => {
  const pair = { gloo, istio: undefined }
  const port = eitherCase(field(settings, 'kube'), 'servicePort')
  const bySslService = SSL_SERVICE.find(key => appliesTo(annotationOf(upstream, key), port))
  if (bySslService !== undefined && (!gloo || has('ssl-service-annotations', pair)))
    return bySslService
  const byConfig = holdsSslConfig(annotationOf(upstream, UPSTREAM_CONFIG))
  return byConfig && (!gloo || has('upstream-config-annotation', pair))
    ? UPSTREAM_CONFIG
    : undefined
}

/** `mysecret` means every port, `443:mysecret` that one. */
const appliesTo = (value: unknown, port: unknown): boolean => {
  if (typeof value !== 'string') return false
  const [, only] = /^(\d+):/.exec(value) ?? []
  return only === undefined || Number(only) === port
}

const holdsSslConfig = (value: unknown): boolean => {
  if (typeof value !== 'string') return false
  try {
    const config: unknown = JSON.parse(value)
    return isRecord(config) && isSet(eitherCase(config, 'sslConfig'))
  } catch {
    return false
  }
}
