import { annotationOf, VERIFY_IDENTITY_ANNOTATION } from './annotations.ts'
import { askedOf } from './asked.ts'
import type { Write } from './decision.ts'
import { destinationsOf, nameOfService } from './destination-services.ts'
import { identitiesOf } from './identity.ts'
import { type Finding, finding, isFinding, quote } from './reasons.ts'
import { settingBehind } from './setting-behind.ts'
import type { Asked } from './ssl-config.ts'
import type { Facts, Mesh } from './types.ts'

export interface Verified {
  readonly asked: Asked
  readonly notices: readonly Finding[]
}

/** What an Upstream asks for, with the identities behind its Service where these are to be verified. */
export const verifiedOf = (write: Write, facts: Facts, mesh: Mesh): Verified | Finding => {
  const asked = askedOf(write.object)
  if (isFinding(asked)) return asked
  const isOn = verifiesIdentity(write, facts)
  if (isFinding(isOn)) return isOn
  // Names that somebody wrote down are the better ones.
  if (!isOn || asked.subjectAltNames) return { asked, notices: [] }
  const destinations = destinationsOf(write.object, facts.clusterDomain)
  const subjectAltNames = identitiesOf(facts.snapshot, mesh, destinations)
  if (subjectAltNames.length > 0) return { asked: { ...asked, subjectAltNames }, notices: [] }
  const service = destinations.map(nameOfService).join(', ')
  return { asked, notices: [finding('IdentityUnknown', { service })] }
}

const verifiesIdentity = (write: Write, facts: Facts): boolean | Finding => {
  const own = annotationOf(write.object, VERIFY_IDENTITY_ANNOTATION)
  const { where, value } =
    own === undefined
      ? (settingBehind(write.object, facts, VERIFY_IDENTITY_ANNOTATION) ?? {
          where: '',
          value: undefined,
        })
      : { where: `annotation ${VERIFY_IDENTITY_ANNOTATION}`, value: own }
  if (value === undefined) return facts.verifyIdentity
  if (value === 'enabled' || value === 'disabled') return value === 'enabled'
  return finding('InvalidSelection', { where, value: quote(value) })
}
