import { annotationOf, MESH_ANNOTATION } from './annotations.ts'
import { type Decision, skip, type Write } from './decision.ts'
import { lackingSidecars } from './destination-rules.ts'
import { destinationsOf } from './destination-services.ts'
import { type Form, formOf, sidecarNames } from './form.ts'
import { rejectionOf } from './gloo-rejections.ts'
import { verifiedOf } from './identity-asked.ts'
import { proxyThatLetsGo, proxyToWaitFor } from './interlock.ts'
import { isSet } from './json.ts'
import { defaultMesh, findMesh, formatMeshRef, meshByReference, parseMeshRef } from './mesh.ts'
import { glooVersionIn } from './observe.ts'
import { ruleOn } from './policy.ts'
import { type Finding, finding, isFinding } from './reasons.ts'
import { settingBehind } from './setting-behind.ts'
import {
  type Asked,
  byCluster,
  canonicalSslConfig,
  needsBootstrapCluster,
  sendsAlpn,
  sslConfigOf,
} from './ssl-config.ts'
import type { Facts, JsonObject, Mesh } from './types.ts'
import { viewUpstream } from './upstream.ts'
import { isDiscovered, isOurs, markedSslConfig, markFor, sourceOf } from './upstream-ownership.ts'
import { sslConfigField, withdrawUpstream } from './withdraw-upstream.ts'

/** The mesh an Upstream asks for, or the finding that says why there is none. */
export const meshOf = ({ object }: Write, facts: Facts): Mesh | Finding => {
  const named = annotationOf(object, MESH_ANNOTATION)
  if (named !== undefined)
    return meshByReference(facts, `metadata.annotations[${MESH_ANNOTATION}]`, named)
  const behind = settingBehind(object, facts, MESH_ANNOTATION)
  return behind ? meshByReference(facts, behind.where, behind.value) : defaultMesh(facts)
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

/** What is to be written, and all there is to say of it. */
interface Wanted {
  readonly form: Form
  readonly asked: Asked
  readonly sslConfig: JsonObject
  readonly said: { readonly field: string; readonly mesh: string }
  readonly notices: readonly Finding[]
}

const wantedFor = (write: Write, facts: Facts): Wanted | Finding => {
  const form = readyForm(write, facts)
  if (isFinding(form)) return form
  const verified = verifiedOf(write, facts, form.mesh)
  if (isFinding(verified)) return verified
  const { asked, notices } = verified
  return {
    form,
    asked,
    sslConfig: sslConfigOf(form, facts.mountRoot, asked),
    said: { field: sslConfigField(write), mesh: formatMeshRef(form.mesh) },
    notices: [ruleOn(write, facts).finding, ...notices, ...sidecarsMissing(write, facts)],
  }
}

/** Only what was selected by annotation gets as far as here without them. */
const sidecarsMissing = ({ object }: Write, facts: Facts): readonly Finding[] => {
  const lacking = lackingSidecars(destinationsOf(object, facts.clusterDomain), facts)
  return lacking ? [finding('SidecarsMissing', { pods: lacking.pods })] : []
}

/** The last word on an Upstream that is selected. */
export const decideCertificates = (write: Write, facts: Facts): Decision => {
  const wanted = wantedFor(write, facts)
  if (isFinding(wanted)) return skip(wanted)
  const { sslConfig } = viewUpstream(write.object)
  if (!isSet(sslConfig)) return waitOrFill(write, facts, wanted)
  if (isUnmarked(write) && isAsGood(write, wanted) && !hasLostItsMark(write, wanted))
    return alreadyEnabled(wanted)
  return isOurs(write, facts, wanted.asked)
    ? keepUp(write, facts, wanted)
    : keepTheirs(write, wanted)
}

/** What is ours follows its proxies and its mesh. */
const keepUp = (write: Write, facts: Facts, wanted: Wanted): Decision => {
  const leaving = proxyThatLetsGo(facts, write.namespace, wanted.form.mesh)
  // On the way to another mesh, it stays with the one it has for as long as it can.
  if (leaving && proxyThatLetsGo(facts, write.namespace, meshInUse(write, facts, wanted)))
    return withdrawUpstream(write, facts, leaving)
  const { sslConfig } = viewUpstream(write.object)
  if (isEqual(sslConfig, wanted.sslConfig))
    return isUnmarked(write) ? restoreMark(write, wanted) : alreadyEnabled(wanted)
  // From the same source it is only a matter of names; from another, proxies must have it first.
  return sourceOf(sslConfig) === sourceOf(wanted.sslConfig)
    ? fill(write, wanted)
    : waitOrFill(write, facts, wanted)
}

const meshInUse = (write: Write, facts: Facts, { form }: Wanted): Mesh => {
  const ref = parseMeshRef(markedSslConfig(write).mesh)
  return (ref && findMesh(facts, ref)) ?? form.mesh
}

const isUnmarked = (write: Write): boolean => markedSslConfig(write).state === 'unmarked'

const waitOrFill = (write: Write, facts: Facts, wanted: Wanted): Decision => {
  const waiting = proxyToWaitFor(facts, write.namespace, wanted.form)
  return waiting ? skip(waiting, wanted.notices) : fill(write, wanted)
}

const isEqual = (found: unknown, wanted: JsonObject): boolean =>
  canonicalSslConfig(found) === canonicalSslConfig(wanted)

/** As we would write it; or as glooctl does for this Gloo: by the cluster of the bootstrap. */
const isAsGood = ({ object }: Write, { form, sslConfig }: Wanted): boolean => {
  const found = viewUpstream(object).sslConfig
  return isEqual(found, sslConfig) || isEqual(found, byCluster(form, sslConfig))
}

/**
 * Discovery drops the annotations of others while we are away, and without its mark the Upstream would not
 * be switched off with its namespace.
 */
const hasLostItsMark = ({ object }: Write, { sslConfig }: Wanted): boolean =>
  isDiscovered(object) && isEqual(viewUpstream(object).sslConfig, sslConfig)

const restoreMark = (write: Write, { form, sslConfig, said, notices }: Wanted): Decision => ({
  kind: 'write-ssl-config',
  sslConfig,
  mark: markFor(write, sslConfig, form.mesh),
  finding: finding('MarkRestored', said),
  notices,
})

const alreadyEnabled = ({ said, notices }: Wanted): Decision =>
  skip(finding('AlreadyEnabled', said), notices)

/** Why this Gloo would refuse an `sslConfig`, whoever wrote it. */
const refusal = (sslConfig: unknown, { form: { pair }, said }: Wanted): Finding | undefined => {
  const why = rejectionOf(sslConfig, pair)
  if (!why) return undefined
  return finding('GlooRefuses', { field: said.field, gloo: String(pair.gloo?.text), why })
}

const keepTheirs = (write: Write, wanted: Wanted): Decision => {
  const { sslConfig } = viewUpstream(write.object)
  const { state } = markedSslConfig(write)
  const reason = state === 'changed' ? 'SslConfigChanged' : 'SslConfigKept'
  return skip(finding(reason, wanted.said), [refusal(sslConfig, wanted)].filter(isFinding))
}

const fill = (write: Write, { form, sslConfig, said, notices }: Wanted): Decision => ({
  kind: 'write-ssl-config',
  sslConfig,
  mark: markFor(write, sslConfig, form.mesh),
  finding: finding('MtlsEnabled', { ...said, mode: form.mode }),
  notices: [...notices, ...alpnNotSent(form)],
})

const alpnNotSent = (form: Form): readonly Finding[] =>
  sendsAlpn(form) ? [] : [finding('AlpnNotSent', { gloo: String(form.pair.gloo?.text) })]
