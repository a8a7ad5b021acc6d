import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { injectManifests } from '../src/cli/inject.ts'
import { review } from '../src/core/review.ts'
import type { JsonObject } from '../src/core/types.ts'
import { facts, mesh, reviewOf } from './harness/build.ts'
import { isKnown, objectsIn } from './harness/manifests.ts'
import { patched } from './harness/patched.ts'

// What Gloo's own charts render, kept beside the repository: see CONTRIBUTING.md.
const CORPUS = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const FACTS = facts(mesh('team-a.istio'), mesh('team-b.istio'))

const admit = (object: JsonObject) => review(JSON.stringify(reviewOf(object)), FACTS).answer

/** The proxies of a file: gateway-proxies are mounted, whatever their name; the rest is left alone. */
const labelOf = (object: JsonObject) =>
  (object as { metadata: { labels?: Record<string, string> } }).metadata.labels?.['gloo']

const skip = existsSync(CORPUS) ? false : `no manifests of Gloo at ${CORPUS}`
t.test('manifests of real Gloo releases', { skip }, async t => {
  const files = globSync('*/*.yaml', { cwd: CORPUS }).toSorted()
  t.ok(files.length > 20, `${files.length} files`)
  for (const file of files)
    t.test(file, async t => {
      const text = readFileSync(CORPUS + file, 'utf8')
      const { manifests, reasons } = injectManifests(text, FACTS)
      const known = objectsIn(text).filter(isKnown)
      const stored = known.map(object => patched(object, admit(object)))
      t.strictSame(objectsIn(manifests).filter(isKnown), stored, 'webhook and inject agree')
      t.strictSame(
        stored.filter(object => admit(object).response.patch !== undefined),
        [],
        'second pass',
      )
      t.equal(injectManifests(manifests, FACTS).manifests, manifests, 'second pass of inject')
      const expected = known.map(object =>
        labelOf(object) === 'gateway-proxy' ? 'CertificatesMounted' : 'NotGatewayProxy',
      )
      t.strictSame(
        reasons.map(({ text }) => /\[(\w+)\]$/.exec(text)?.[1]),
        expected,
      )
      if (known.length === 0) t.equal(manifests, text, 'nothing of ours, not a byte changed')
    })
})
