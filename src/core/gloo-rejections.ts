import { field, isRecord, isSet, items, textAt } from './json.ts'
import { has, holdsFor, MODES, type Pair, TRAITS } from './matrix.ts'
import { inCamelCase } from './ssl-config.ts'

/**
 * Why a Gloo would refuse an `sslConfig`, in its own order; undefined when it would not. Gloo reports
 * the Upstream as rejected and drops its cluster, old ones keep the whole proxy from updates
 * (gloo@v1.22.1:projects/gloo/pkg/utils/ssl.go).
 */
export const rejectionOf = (sslConfig: unknown, pair: Pair): string | undefined => {
  const config = inCamelCase(sslConfig)
  if (!isRecord(config)) return 'sslConfig is not an object'
  const sds = field(config, 'sds')
  if (isSet(sds)) return rejectionOfSds(config, sds, pair)
  const files = field(config, 'sslFiles')
  if (isSet(files)) return rejectionOfFiles(config, files, pair)
  if (isSet(field(config, 'secretRef')) || has('empty-sslconfig', pair)) return undefined
  return 'no certificate information found'
}

const hasSans = (config: unknown) => items(field(config, 'verifySubjectAltName')).length > 0

const rejectionOfSds = (config: unknown, sds: unknown, pair: Pair): string | undefined => {
  const validation = textAt(sds, 'validationContextName')
  if (textAt(sds, 'certificatesSecretName') === '' && validation === '')
    return 'at least one of certificates_secret_name or validation_context_name must be provided'
  if (hasSans(config) && validation === '')
    return 'must provide validation context name if verifying SAN'
  const hasCredentials = isSet(field(field(sds, 'callCredentials'), 'fileCredentialSource'))
  if (!hasCredentials && !has('sds-cluster', pair)) return 'sds without callCredentials crashes it'
  return undefined
}

const rejectionOfFiles = (config: unknown, files: unknown, pair: Pair): string | undefined => {
  const [cert, key] = [textAt(files, 'tlsCert'), textAt(files, 'tlsKey')]
  if ((cert === '') !== (key === ''))
    return 'both or none of cert chain and private key must be provided'
  if (hasSans(config) && textAt(files, 'rootCa') === '')
    return 'a root_ca must be provided if verify_subject_alt_name is not empty'
  const takesPaths = holdsFor({ ...MODES['citadel-files'], istio: 'any' }, pair)
  const takes = cert === '' ? holdsFor(TRAITS['root-ca-alone'], pair) : takesPaths
  return takes === false ? 'it takes the paths in sslFiles for certificates' : undefined
}
