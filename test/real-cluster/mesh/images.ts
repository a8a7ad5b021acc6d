import { type Image, writeArchive } from './archive.ts'
import { BINARIES, NODE, PROGRAMS, writeRoot } from './root.ts'

/** The versions that images call themselves, by which gloo-istio goes. */
export const ISTIO = '1.31.0'
export const GLOO = '1.22.1'
/** The last that reads certificates from files. */
export const OLD_GLOO = '1.10.5'

/** Istio's agent renews a certificate at half its life. */
export const CERTIFICATE_LIFE_SECONDS = 60

const program = (name: string): readonly string[] => [NODE, `${PROGRAMS}/${name}.mjs`]

const images: readonly Image[] = [
  { name: `docker.io/istio/pilot:${ISTIO}`, entrypoint: [`${BINARIES}/pilot-discovery`] },
  {
    name: `docker.io/istio/proxyv2:${ISTIO}`,
    entrypoint: [`${BINARIES}/pilot-agent`],
    env: [`SECRET_TTL=${CERTIFICATE_LIFE_SECONDS}s`],
  },
  ...[GLOO, OLD_GLOO].map(version => ({
    name: `quay.io/solo-io/gloo-envoy-wrapper:${version}`,
    entrypoint: program('envoy-wrapper'),
  })),
  { name: `quay.io/solo-io/sds:${GLOO}`, entrypoint: program('sds') },
  { name: `quay.io/solo-io/gloo:${GLOO}`, entrypoint: program('gloo') },
  {
    name: 'docker.io/istio/examples-bookinfo-details-v1:1.20.3',
    entrypoint: program('details'),
  },
]

export const IMAGE_NAMES: readonly string[] = images.map(({ name }) => name)

/**
 * Istio's images with its real programs, Gloo's with Envoy and stand-ins, and a sample service: one archive, in
 * `dir`, which is made anew.
 */
export const writeImages = async (dir: string): Promise<string> =>
  writeArchive(dir, await writeRoot(dir), images)
