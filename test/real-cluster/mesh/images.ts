import { type Image, writeArchive } from './archive.ts'
import { BINARIES, NODE, PROGRAMS, writeRoot } from './root.ts'

/** The versions that images call themselves, by which gloo-istio goes. */
export const ISTIO = '1.31.0'
export const GLOO = '1.22.1'
/** The last that reads certificates from files. */
export const OLD_GLOO = '1.10.5'

/**
 * Istio's agent renews what has this part of its life left (istio@1.31.0:pilot/cmd/pilot-agent/options/options.go).
 * When that fails, Envoy asks again after a wait that doubles up to half a minute
 * (envoy@v1.40.0:envoy/config/subscription_factory.h): what is left outlives an API server that is away, and such a wait.
 */
const LEFT_AT_RENEWAL = 0.75
const CERTIFICATE_LIFE_SECONDS = 120
export const RENEWAL_SECONDS = CERTIFICATE_LIFE_SECONDS * (1 - LEFT_AT_RENEWAL)

const program = (name: string): readonly string[] => [NODE, `${PROGRAMS}/${name}.mjs`]

const images: readonly Image[] = [
  { name: `docker.io/istio/pilot:${ISTIO}`, entrypoint: [`${BINARIES}/pilot-discovery`] },
  {
    name: `docker.io/istio/proxyv2:${ISTIO}`,
    entrypoint: [`${BINARIES}/pilot-agent`],
    env: [
      `SECRET_TTL=${CERTIFICATE_LIFE_SECONDS}s`,
      `SECRET_GRACE_PERIOD_RATIO=${LEFT_AT_RENEWAL}`,
    ],
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
