import { t } from 'tap'
import { isGlooEnvoy, sdsImageOf, versionOfImage } from '../../src/core/proxy-image.ts'
import { parseVersion } from '../../src/core/version.ts'

// image | whether it is Gloo's Envoy | version it tells
const images: readonly [string, boolean, string | undefined][] = [
  ['quay.io/solo-io/gloo-envoy-wrapper:1.17.3', true, '1.17.3'],
  ['quay.io/solo-io/gloo-envoy-wrapper:v1.17.3', true, '1.17.3'],
  ['quay.io/solo-io/gloo-envoy-wrapper:1.17.3-distroless', true, '1.17.3'],
  ['registry:5000/a/b/gloo-envoy-wrapper:0.13.13', true, '0.13.13'],
  ['registry:5000/gloo-envoy-wrapper', true, undefined],
  ['gloo-envoy-wrapper:1.5.0-beta20', true, '1.5.0'],
  ['gloo-envoy-wrapper:latest', true, undefined],
  ['gloo-envoy-wrapper:1.17.3@sha256:ab', true, '1.17.3'],
  ['gloo-envoy-wrapper@sha256:ab', true, undefined],
  ['quay.io/solo-io/gloo-ee-envoy-wrapper:1.17.3', true, '1.17'],
  ['quay.io/solo-io/gloo-ee-envoy-wrapper-fips:1.17.3', true, '1.17'],
  ['quay.io/solo-io/gloo-ee-envoy-wrapper:latest', true, undefined],
  ['envoyproxy/envoy:1.17.3', false, undefined],
  ['my-gloo-envoy-wrapper:1.17.3', false, undefined],
  ['gloo-envoy-wrapper-mine:1.17.3', false, undefined],
  ['gloo-envoy-wrapper/other:1.17.3', false, undefined],
  ['', false, undefined],
]
for (const [image, isGloo, expected] of images)
  t.test(`image ${JSON.stringify(image)} tells of ${expected ?? 'no version'}`, async t => {
    t.equal(isGlooEnvoy(image), isGloo)
    const found = versionOfImage(image)
    const parts = [found?.major, found?.minor, found?.patch].filter(part => part !== undefined)
    t.equal(found && parts.join('.'), expected)
    if (found?.patch === undefined) t.equal(found?.text, expected, 'also when it is printed')
  })

// image of Envoy | version that is known | image of sds
const beside: readonly [string, string, string | undefined][] = [
  ['quay.io/solo-io/gloo-envoy-wrapper:1.17.3', '1.17.3', 'quay.io/solo-io/sds:1.17.3'],
  ['registry:5000/a/gloo-envoy-wrapper:1.5.0', '1.5.0', 'registry:5000/a/sds:1.5.0'],
  ['gloo-envoy-wrapper:1.17.3-distroless', '1.17.3', 'sds:1.17.3-distroless'],
  ['gloo-envoy-wrapper-fips:1.17.3', '1.17.3', 'sds-fips:1.17.3'],
  ['gloo-envoy-wrapper:1.17.3@sha256:ab', '1.17.3', 'sds:1.17.3'],
  ['gloo-envoy-wrapper:latest', '1.17.3', 'sds:1.17.3'],
  ['gloo-envoy-wrapper@sha256:ab', '1.17.3', 'sds:1.17.3'],
  // Gloo's tags have no v (gloo@v1.5.0:projects/gloo/cli/pkg/cmd/istio), though a version may.
  ['gloo-envoy-wrapper@sha256:ab', 'v1.17.3', 'sds:1.17.3'],
  // There is no image of a minor.
  ['gloo-envoy-wrapper@sha256:ab', '1.17', undefined],
  ['e.io/gloo-ee-envoy-wrapper:1.17.3', '1.17', 'e.io/sds-ee:1.17.3'],
  ['e.io/gloo-ee-envoy-wrapper-fips:1.18.1', '1.18', 'e.io/sds-ee-fips:1.18.1'],
  ['e.io/gloo-ee-envoy-wrapper:1.16.3', '1.16', undefined],
  // Enterprise counts patches of its own, so an open source version is no tag of it.
  ['e.io/gloo-ee-envoy-wrapper@sha256:ab', '1.17.3', undefined],
  ['envoyproxy/envoy:1.17.3', '1.17.3', undefined],
]
for (const [image, version, expected] of beside)
  t.test(`beside ${image} of Gloo ${version} is ${expected ?? 'no known sds'}`, async t => {
    const known = parseVersion(version)
    t.equal(known && sdsImageOf(image, known), expected)
  })
