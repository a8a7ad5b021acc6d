import { holdsFor, TRAITS } from './matrix.ts'
import { parseVersion, type Version } from './version.ts'

interface Image {
  /** With registry, port and folders, up to the last slash; empty for a bare name. */
  readonly folder: string
  readonly name: string
  readonly tag: string
}

/** Splits `registry:5000/solo-io/gloo-envoy-wrapper:1.17.3@sha256:…`. */
const parseImage = (image: string): Image => {
  const [named = ''] = image.split('@')
  const folder = named.slice(0, named.lastIndexOf('/') + 1)
  const [name = '', tag = ''] = named.slice(folder.length).split(':')
  return { folder, name, tag }
}

// gloo-envoy-wrapper, gloo-ee-envoy-wrapper, gloo-ee-envoy-wrapper-fips
const WRAPPER = /^gloo(-ee)?-envoy-wrapper(-fips)?$/

/** Whether an image is the Envoy that Gloo ships. */
export const isGlooEnvoy = (image: string): boolean => WRAPPER.test(parseImage(image).name)

/**
 * The Gloo that a proxy's image tells of. Gloo Enterprise counts patches of its own, so its tag says
 * the minor only. Undefined for a digest alone, `latest`, and any image that is not Gloo's.
 */
export const versionOfImage = (image: string): Version | undefined => {
  const { name, tag } = parseImage(image)
  const [wrapper, enterprise] = WRAPPER.exec(name) ?? []
  const version = wrapper === undefined ? undefined : parseVersion(tag)
  if (version === undefined || enterprise === undefined) return version
  return { ...version, text: `${version.major}.${version.minor}`, patch: undefined }
}

/**
 * The sds image that Gloo ships beside this Envoy: same registry, same tag, and so the same variant
 * (`-distroless`, `-fips`). Undefined where none is known to be there.
 */
export const sdsImageOf = (image: string, version: Version): string | undefined => {
  const { folder, name, tag } = parseImage(image)
  const [wrapper, enterprise = '', fips = ''] = WRAPPER.exec(name) ?? []
  if (wrapper === undefined) return undefined
  if (enterprise && !holdsFor(TRAITS['sds-ee-image'], { gloo: version, istio: undefined }))
    return undefined
  const told = parseVersion(tag) ? tag : tagOf(version)
  // Gloo Enterprise counts patches of its own, so what is told of Gloo is no tag of its images.
  if (told === undefined || (enterprise !== '' && told !== tag)) return undefined
  return `${folder}sds${enterprise}${fips}:${told}`
}

const tagOf = ({ major, minor, patch }: Version): string | undefined =>
  patch === undefined ? undefined : `${major}.${minor}.${patch}`
