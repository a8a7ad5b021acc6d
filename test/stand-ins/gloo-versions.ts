import { fieldAt } from '../../src/core/json.ts'

type Numbers = readonly [number, number, number]

const numbersOf = (version: string): Numbers => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return [major, minor, patch]
}

const isMinorOf = ([major, minor]: Numbers, other: Numbers) =>
  major === other[0] && minor === other[1]

const isAfter = (one: Numbers, other: Numbers) =>
  one[0] - other[0] || one[1] - other[1] || one[2] - other[2]

/** Whether a change is in `version`: it came with these releases, one a minor, and stayed. */
const has = (version: string, ...releases: readonly string[]) => {
  const found = numbersOf(version)
  const first = releases.map(numbersOf)
  const ofMinor = first.find(release => isMinorOf(release, found))
  return isAfter(found, ofMinor ?? first.at(-1) ?? found) >= 0
}

/** Before, Gloo took no notice of `targetUri` alone and always asked the cluster. */
export const takesTargetUri = (version: string) =>
  has(version, '1.9.23', '1.10.36', '1.11.29', '1.12.4')

/** Before, `alpnProtocols` got lost on the way when the certificates came by SDS. */
export const keepsAlpnWithSds = (version: string) =>
  has(version, '1.5.20', '1.6.24', '1.7.3', '1.8.0')

/** Since then Gloo looks for a certificate in the text of the path. */
const refusesFiles = (version: string) => has(version, '1.9.8', '1.10.6', '1.11.0')

/** What Gloo says of an `sslConfig` that it makes no cluster of. */
export const refusal = (sslConfig: unknown, version: string): string | undefined =>
  refusesFiles(version) && fieldAt(sslConfig, 'sslFiles', 'tlsCert') !== undefined
    ? 'Invalid TLS secret: tls: failed to find any PEM data in certificate input'
    : undefined
