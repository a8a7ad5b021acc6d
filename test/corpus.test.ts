import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, t } from 'tap'
import { stringify } from 'yaml'
import { injectManifests, uninjectManifests } from '../src/cli/inject.ts'
import { markOf } from '../src/core/mark.ts'
import { MODE_NAMES, MODES, type Mode } from '../src/core/matrix.ts'
import { withSeen } from '../src/core/observe.ts'
import { review } from '../src/core/review.ts'
import type { Facts, JsonObject } from '../src/core/types.ts'
import { parseVersion, within } from '../src/core/version.ts'
import { nameOfObject } from '../src/core/write-of.ts'
import { facts, gloo, mesh, reviewOf } from './harness/build.ts'
import { isKnown, objectsIn } from './harness/manifests.ts'
import { patched } from './harness/patched.ts'

// What Gloo's own charts render, kept beside the repository: see CONTRIBUTING.md. The goldens hold
// what each mode adds to a file, by path, and why; nothing of the files themselves.
const CORPUS = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const GOLDENS = fileURLToPath(new URL('golden-corpus/', import.meta.url))
const UPDATE = process.env['GOLDEN_UPDATE'] === '1'

/** An Istio that serves each mode. */
const ISTIO: Readonly<Record<Mode, string>> = {
  'citadel-files': '1.4.10',
  'citadel-sds': '1.4.10',
  'istio-agent': '1.22.3',
  'node-agent-sds': '1.3.8',
  'agent-socket': '1.22.3',
}

const factsFor = (mode: Mode, version: string): Facts => ({
  ...facts(mesh('istio-system.istio', { istioVersion: ISTIO[mode], mode })),
  gloo: gloo({ version, bootstrapCluster: true }),
})

const admit = (object: JsonObject, known: Facts) =>
  review(JSON.stringify(reviewOf(object)), known).answer

/** What one mode does to the objects of a file that the webhook is sent. */
const outcomeOf = (text: string, known: Facts) => {
  const { manifests, reasons } = injectManifests(text, known)
  const added = objectsIn(manifests)
    .filter(isKnown)
    .map(object => [nameOfObject(object), Object.keys(markOf(object))] as const)
    .filter(([, paths]) => paths.length > 0)
  return { reasons: reasons.map(({ text }) => text), added: Object.fromEntries(added) }
}

const golden = (file: string, actual: string): string => {
  const place = join(GOLDENS, file)
  if (UPDATE) {
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, actual)
  }
  return existsSync(place) ? readFileSync(place, 'utf8') : ''
}

const skip = existsSync(CORPUS) ? false : `no manifests of Gloo at ${CORPUS}`
const files = (skip === false ? globSync('*/*.yaml', { cwd: CORPUS }).toSorted() : []).map(name => {
  const text = readFileSync(CORPUS + name, 'utf8')
  const objects = objectsIn(text)
  return { name, text, objects, known: objects.filter(isKnown), version: dirname(name).slice(1) }
})
type File = (typeof files)[number]
const withObjects = files.filter(({ known }) => known.length > 0)

const never = (): never => {
  throw new TypeError('a folder of the corpus that is no version')
}

/** Webhook and command line make the same, once, and the way back leads to the file as it was. */
const checkMode = (t: Test, { text, objects, known, version }: File, mode: Mode) => {
  const world = withSeen(factsFor(mode, version), objects)
  const { manifests, reasons } = injectManifests(text, world)
  const stored = known.map(object => patched(object, admit(object, world)))
  t.strictSame(objectsIn(manifests).filter(isKnown), stored, `${mode}: webhook = inject`)
  const again = stored.filter(object => admit(object, world).response.patch !== undefined)
  t.strictSame(again, [], `${mode}: second pass`)
  t.strictSame(objectsIn(uninjectManifests(manifests, world).manifests), objects, `${mode}: back`)
  const fits = within(MODES[mode].gloo, parseVersion(version) ?? never())
  const isMounted = reasons.some(({ text }) => text.includes('[CertificatesMounted]'))
  if (!fits) t.notOk(isMounted, `${mode} is refused`)
}

t.test('manifests of real Gloo releases', { skip }, async t => {
  t.ok(files.length > 20, `${files.length} files`)
  for (const file of files)
    t.test(file.name, async t => {
      if (file.known.length === 0) {
        const { manifests } = injectManifests(file.text, factsFor('istio-agent', file.version))
        return t.equal(manifests, file.text, 'nothing of ours, not a byte changed')
      }
      const modes = MODE_NAMES.map(mode => [
        mode,
        outcomeOf(file.text, factsFor(mode, file.version)),
      ])
      const actual = stringify(Object.fromEntries(modes), { lineWidth: 0 })
      t.equal(actual, golden(file.name, actual))
      for (const mode of MODE_NAMES) checkMode(t, file, mode)
    })
})

t.test('a golden for each file with objects of ours, and no stray one', { skip }, async t =>
  t.strictSame(
    globSync('*/*.yaml', { cwd: GOLDENS }).toSorted(),
    withObjects.map(({ name }) => name),
  ),
)
