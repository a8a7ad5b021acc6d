import { annotationOf, MESH_ANNOTATION, MTLS_ANNOTATION } from './annotations.ts'
import { askedOf } from './asked.ts'
import { type Decision, firstToSpeak, type Rule, skip, type Write } from './decision.ts'
import { decidingAnnotation, foreignDestination } from './destination.ts'
import { type Form, formOf, sidecarNames } from './form.ts'
import { rejectionOf } from './gloo-rejections.ts'
import { field, isRecord, isSet } from './json.ts'
import { defaultMesh, findMesh, formatMeshRef, meshByReference, parseMeshRef } from './mesh.ts'
import { glooVersionIn } from './observe.ts'
import { type Finding, finding, isFinding } from './reasons.ts'
import {
  byCluster,
  canonicalSslConfig,
  needsBootstrapCluster,
  sendsAlpn,
  sslConfigOf,
} from './ssl-config.ts'
import { switchedOff } from './switch-rule.ts'
import type { Facts, JsonObject } from './types.ts'
import { eitherCase, viewUpstream } from './upstream.ts'
import { isOurs, markedSslConfig, markFor } from './upstream-ownership.ts'

/** Leaves the Upstream without an `sslConfig` of ours: takes it away if there is one. */
export const withdrawUpstream = (write: Write, facts: Facts, why: Finding): Decision => {
  const asked = askedOf(write.object)
  if (!isOurs(write, facts, isFinding(asked) ? {} : asked)) return skip(why)
  const removed = finding('MtlsRemoved', { field: sslConfigField(write), why: why.message })
  return {
    kind: 'write-ssl-config',
    sslConfig: undefined,
    mark: {},
    finding: removed,
    notices: why.level === 'warning' ? [why] : [],
  }
}

const sslConfigField = ({ object }: Write) => `${viewUpstream(object).field}.sslConfig`

/** A mesh that is no longer configured takes its material along, whoever selected the Upstream. */
const meshIsGone: Rule = (write, facts) => {
  const { mesh, state } = markedSslConfig(write)
  const ref = parseMeshRef(mesh)
  if (state !== 'intact' || ref === undefined || findMesh(facts, ref)) return undefined
  return withdrawUpstream(write, facts, finding('MeshRemoved', { mesh: formatMeshRef(ref) }))
}

const notSelected: Rule = ({ object }) =>
  annotationOf(object, MTLS_ANNOTATION) === undefined ? skip(finding('NotSelected', {})) : undefined

const switchedOffByUser: Rule = (write, facts) => {
  const found = switchedOff(write.object, MTLS_ANNOTATION)
  if (found === undefined) return undefined
  return found.reason === 'OptedOut' ? withdrawUpstream(write, facts, found) : skip(found)
}

const invalidSpec: Rule = ({ object }) => {
  const view = viewUpstream(object)
  if (!isRecord(field(object, 'spec'))) return skip(finding('InvalidSpec', { field: 'spec' }))
  return isRecord(view.settings) ? undefined : skip(finding('InvalidSpec', { field: view.field }))
}

const destinationNotInMesh: Rule = ({ object }, { clusterDomain }) => {
  const found = foreignDestination(viewUpstream(object), clusterDomain)
  return skipFor(found && finding('DestinationNotInMesh', { field: found }))
}

const serviceDecides: Rule = ({ object, namespace }, facts) => {
  const found = decidingAnnotation(object, viewUpstream(object), glooVersionIn(facts, namespace))
  return skipFor(found && finding('ServiceDecides', { annotation: found }))
}

const gatewayHasSidecar: Rule = (write, facts) =>
  facts.gloo.sidecarOnGateway
    ? withdrawUpstream(write, facts, finding('SidecarOnGateway', {}))
    : undefined

/** An `sslConfig` switches auto-mTLS off for its Upstream, and with it endpoints without a sidecar. */
const autoMtlsIsOn: Rule = (write, facts) => {
  const { settings } = viewUpstream(write.object)
  if (facts.gloo.autoMtls !== 'enabled' || eitherCase(settings, 'disableIstioAutoMtls') === true)
    return undefined
  return withdrawUpstream(write, facts, finding('AutoMtlsOn', {}))
}

/** The mesh an Upstream asks for, or the finding that says why there is none. */
const meshOf = ({ object }: Write, facts: Facts) => {
  const named = annotationOf(object, MESH_ANNOTATION)
  return named === undefined ? defaultMesh(facts) : meshByReference(facts, MESH_ANNOTATION, named)
}

/** The form of the mesh, once nothing stands in its way. */
const readyForm = (write: Write, facts: Facts): Form | Finding => {
  const mesh = meshOf(write, facts)
  if (isFinding(mesh)) return mesh
  const form = formOf(facts, glooVersionIn(facts, write.namespace), mesh)
  if (isFinding(form) || !needsBootstrapCluster(form) || facts.gloo.bootstrapCluster) return form
  const { cluster } = sidecarNames(form)
  return finding('BootstrapClusterMissing', { gloo: String(form.pair.gloo?.text), cluster })
}

/** The last rule: it always speaks. */
const certificates = (write: Write, facts: Facts): Decision => {
  const form = readyForm(write, facts)
  if (isFinding(form)) return skip(form)
  const asked = askedOf(write.object)
  if (isFinding(asked)) return skip(asked)
  const wanted = sslConfigOf(form, facts.mountRoot, asked)
  const { sslConfig } = viewUpstream(write.object)
  const said = { field: sslConfigField(write), mesh: formatMeshRef(form.mesh) }
  if (isSet(sslConfig)) {
    if (isAsGood(write, form, wanted)) return skip(finding('AlreadyEnabled', said))
    if (!isOurs(write, facts, asked)) return keepTheirs(write, form, said)
  }
  return fill(form, wanted, said)
}

/** As we would write it; or, not by us, as glooctl does for this Gloo: by the cluster of the bootstrap. */
const isAsGood = (write: Write, form: Form, wanted: JsonObject): boolean => {
  const found = canonicalSslConfig(viewUpstream(write.object).sslConfig)
  const isUnmarked = markedSslConfig(write).state === 'unmarked'
  return (
    found === canonicalSslConfig(wanted) ||
    (isUnmarked && found === canonicalSslConfig(byCluster(form, wanted)))
  )
}

interface SaidOfUpstream {
  readonly field: string
  readonly mesh: string
}

/** Why this Gloo would refuse an `sslConfig`, whoever wrote it. */
const refusal = (sslConfig: unknown, { pair }: Form, { field: at }: SaidOfUpstream) => {
  const why = rejectionOf(sslConfig, pair)
  return why && finding('GlooRefuses', { field: at, gloo: String(pair.gloo?.text), why })
}

const keepTheirs = (write: Write, form: Form, said: SaidOfUpstream): Decision => {
  const { sslConfig } = viewUpstream(write.object)
  const { state } = markedSslConfig(write)
  const kept = finding(state === 'changed' ? 'SslConfigChanged' : 'SslConfigKept', said)
  return skip(kept, [refusal(sslConfig, form, said)].filter(isFinding))
}

const fill = (form: Form, sslConfig: JsonObject, said: SaidOfUpstream): Decision =>
  skipFor(refusal(sslConfig, form, said)) ?? {
    kind: 'write-ssl-config',
    sslConfig,
    mark: markFor(sslConfig, form.mesh),
    finding: finding('MtlsEnabled', { ...said, mode: form.mode }),
    notices: sendsAlpn(form)
      ? []
      : [finding('AlpnNotSent', { gloo: String(form.pair.gloo?.text) })],
  }

const skipFor = (found: Finding | undefined | ''): Decision | undefined =>
  found ? skip(found) : undefined

const RULES: readonly Rule[] = [
  meshIsGone,
  notSelected,
  switchedOffByUser,
  invalidSpec,
  destinationNotInMesh,
  serviceDecides,
  gatewayHasSidecar,
  autoMtlsIsOn,
]

export const decideUpstream = (write: Write, facts: Facts): Decision =>
  firstToSpeak(RULES, write, facts) ?? certificates(write, facts)
