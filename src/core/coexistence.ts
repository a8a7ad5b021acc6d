import type { Place } from './clashes.ts'
import { sidecarNames } from './form.ts'
import { containerNamed } from './gateway-proxy.ts'
import { isSet, textOf } from './json.ts'
import { valueAt } from './keyed-path.ts'
import { formatMeshRef } from './mesh.ts'
import { isOn } from './proxy.ts'
import { type Finding, finding } from './reasons.ts'

/** What others have put beside Envoy for the same end, and how we get on with it. */

/** The sidecars that Gloo's own chart or glooctl put there do the work of this form. */
export const sidecarsPresent = ({ base, form }: Place): Finding | undefined => {
  if (form.mode !== 'istio-agent') return undefined
  const { sds, istioProxy } = sidecarNames(form)
  const isServing = isOn(containerNamed(base, sds), 'ISTIO_MTLS_SDS_ENABLED')
  return isServing && isSet(containerNamed(base, istioProxy))
    ? finding('SidecarsPresent', { mesh: formatMeshRef(form.mesh) })
    : undefined
}

/** A container that others put there listens where they told it to. */
export const portFixed = ({ base, form }: Place): Finding | undefined => {
  const { sds, port } = sidecarNames(form)
  const container = containerNamed(base, sds)
  const listens = portOf(sdsAddressOf(container))
  const isAsked = form.mode === 'istio-agent' || form.mode === 'citadel-sds'
  if (!isAsked || !container || listens === `${port}`) return undefined
  return finding('SdsPortFixed', { mesh: formatMeshRef(form.mesh), container: sds, port: listens })
}

const DEFAULT_ADDRESS = '0.0.0.0:8234'

/** Where an sds container listens (gloo@v1.12.0:projects/sds/pkg/run). */
const sdsAddressOf = (container: unknown): string =>
  textOf(valueAt(container, 'env[SDS_SERVER_ADDRESS].value')) || DEFAULT_ADDRESS

const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1)

/** Gloo's own sds container, extended by us, may listen on every address of the pod. */
export const sdsExposed = ({ form, proxy, additions }: Place): Finding | undefined => {
  const { sds, port } = sidecarNames(form)
  const isExtended = additions.some(({ path }) => path.startsWith(`containers[${sds}].env`))
  if (!isExtended || sdsAddressOf(proxy.glooSds).startsWith('127.0.0.1:')) return undefined
  return finding('SdsExposed', { container: sds, port: `${port}` })
}
