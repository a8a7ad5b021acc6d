import { annotationOf, MESH_ANNOTATION, MTLS_ANNOTATION } from './annotations.ts'
import { type Decision, firstToSpeak, type Rule, skip, type Write } from './decision.ts'
import { field, isRecord, isSet } from './json.ts'
import {
  defaultMesh,
  formatMeshRef,
  hasCertificateSecrets,
  meshByReference,
  withoutSecrets,
} from './mesh.ts'
import { finding, isFinding } from './reasons.ts'
import { switchedOn } from './switch-rule.ts'
import type { Facts } from './types.ts'
import { foreignDestination, holdsCertificatesOf, viewUpstream } from './upstream.ts'

const notSelected: Rule = ({ object }) =>
  annotationOf(object, MTLS_ANNOTATION) === undefined ? skip(finding('NotSelected', {})) : undefined

const invalidSpec: Rule = ({ object }) => {
  const view = viewUpstream(object)
  if (!isRecord(field(object, 'spec'))) return skip(finding('InvalidSpec', { field: 'spec' }))
  return isRecord(view.settings) ? undefined : skip(finding('InvalidSpec', { field: view.field }))
}

const destinationNotInMesh: Rule = ({ object }) => {
  const found = foreignDestination(viewUpstream(object))
  return found === undefined ? undefined : skip(finding('DestinationNotInMesh', { field: found }))
}

/** The mesh an Upstream asks for, or the finding that says why there is none. */
const meshOf = ({ object }: Write, facts: Facts) => {
  const named = annotationOf(object, MESH_ANNOTATION)
  return named === undefined ? defaultMesh(facts) : meshByReference(facts, MESH_ANNOTATION, named)
}

/** The last rule: with a mesh at hand it always speaks. */
const meshCertificates = (write: Write, facts: Facts): Decision => {
  const mesh = meshOf(write, facts)
  if (isFinding(mesh)) return skip(mesh)
  const name = formatMeshRef(mesh)
  if (!hasCertificateSecrets(mesh)) return skip(withoutSecrets(mesh))
  const view = viewUpstream(write.object)
  const said = { field: `${view.field}.sslConfig`, mesh: name }
  if (holdsCertificatesOf(view.sslConfig, facts.mountRoot, mesh))
    return skip(finding('AlreadyEnabled', said))
  if (isSet(view.sslConfig)) return skip(finding('SslConfigKept', said))
  return { kind: 'enable-mtls', mesh, finding: finding('MtlsEnabled', said), notices: [] }
}

const RULES: readonly Rule[] = [
  notSelected,
  switchedOn(MTLS_ANNOTATION),
  invalidSpec,
  destinationNotInMesh,
]

export const decideUpstream = (write: Write, facts: Facts): Decision =>
  firstToSpeak(RULES, write, facts) ?? meshCertificates(write, facts)
