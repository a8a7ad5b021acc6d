import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { t } from 'tap'
import { stringify } from 'yaml'
import { injectManifests } from '../src/cli/inject.ts'
import { factsOf, parseConfiguration } from '../src/config/configuration.ts'
import { withSeen } from '../src/core/observe.ts'
import type { AdmissionReview } from '../src/core/respond.ts'
import type { Facts, JsonObject } from '../src/core/types.ts'
import { readBootstrap } from '../src/envoy/bootstrap.ts'
import { reviewOf } from './harness/build.ts'
import { isKnown, objectsIn } from './harness/manifests.ts'
import { patched } from './harness/patched.ts'
import { startWebhook } from './harness/webhook.ts'

// A case is a folder: input, what became of it, and why. `npm run test:golden` writes the latter two.
const UPDATE = process.env['GOLDEN_UPDATE'] === '1'
const FILES = ['input', 'old', 'config', 'expected', 'reasons']

const folder = new URL('golden/', import.meta.url)
const cases = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => new URL(`${entry.name}/`, folder))

const read = (url: URL) => readFileSync(url, 'utf8')

const factsFor = (directory: URL): Facts => {
  const own = new URL('config.yaml', directory)
  const parsed = parseConfiguration(read(existsSync(own) ? own : new URL('config.yaml', folder)))
  if ('violations' in parsed) throw new TypeError(JSON.stringify(parsed.violations))
  return factsOf(parsed.configuration, readBootstrap)
}

const goldens = (actual: string, file: URL) => {
  if (UPDATE) writeFileSync(file, actual)
  return read(file)
}

const noFacts = (): never => {
  throw new TypeError('a review before its facts')
}

const facts = { current: undefined as Facts | undefined }
const webhook = await startWebhook(() => facts.current ?? noFacts())
t.teardown(() => webhook.close())

/** Sends one object through the real webhook and answers what would be stored, and the warnings. */
const admit = async (object: JsonObject, oldObject: JsonObject | null) => {
  const operation = oldObject === null ? 'CREATE' : 'UPDATE'
  const body = JSON.stringify(reviewOf(object, { operation, oldObject }))
  const answer = await webhook.send({ body })
  if (answer.status !== 200) throw new TypeError(answer.body)
  const review = JSON.parse(answer.body) as AdmissionReview
  return { stored: patched(object, review), warnings: review.response.warnings ?? [], review }
}

/** What the audit log and `kubectl` are told of a write that a stage leaves as it is. */
const saidOf = ({ review, warnings }: Awaited<ReturnType<typeof admit>>): string => {
  const { reason, message, notices } = review.response.auditAnnotations
  const audit = [`audit: ${reason}: ${message}`, ...(notices ? [`audit: ${notices}`] : [])]
  return [...audit, ...warnings.map(warning => `Warning: ${warning}`)].join('\n').concat('\n')
}

for (const directory of cases) {
  const name = directory.pathname.split('/').at(-2) ?? ''
  t.test(name.replaceAll('-', ' '), async t => {
    const files = readdirSync(directory)
    t.strictSame(
      files.filter(file => !FILES.includes(file.split('.')[0] ?? '')),
      [],
      'no stray file',
    )
    const input = files.find(file => file.startsWith('input.')) ?? 'input.yaml'
    const text = read(new URL(input, directory))
    const expectedFile = new URL(input.replace('input', 'expected'), directory)
    const reasonsFile = new URL('reasons.txt', directory)
    // What a file tells of its Gloo, the webhook is told by the cluster.
    facts.current = withSeen(factsFor(directory), objectsIn(text))

    const old = existsSync(new URL('old.yaml', directory))
      ? objectsIn(read(new URL('old.yaml', directory)))
      : []
    const admitted = []
    for (const [index, object] of objectsIn(text).entries())
      if (isKnown(object)) admitted.push(await admit(object, old[index] ?? null))

    if (facts.current.stage !== 'inject') {
      const stored = admitted.map(({ stored }) => stringify(stored)).join('---\n')
      t.equal(stored, goldens(stored, expectedFile))
      t.strictSame(
        admitted.map(({ stored }) => stored),
        objectsIn(text).filter(isKnown),
        'nothing is changed',
      )
      const said = admitted.map(saidOf).join('')
      t.equal(said, goldens(said, reasonsFile))
      t.equal(
        injectManifests(text, facts.current).manifests,
        injectManifests(text, { ...facts.current, stage: 'inject' }).manifests,
        'gloo-istio inject asks no stage',
      )
    } else if (old.length > 0) {
      // An update needs what was there before, which a file of manifests does not tell.
      const stored = admitted.map(({ stored }) => stringify(stored)).join('---\n')
      t.equal(stored, goldens(stored, expectedFile))
      const said = admitted
        .map(({ review }) => review.response.auditAnnotations['reason'])
        .join('\n')
      t.equal(`${said}\n`, goldens(`${said}\n`, reasonsFile))
    } else {
      const injected = injectManifests(text, facts.current)
      const expected = goldens(injected.manifests, expectedFile)
      t.equal(injected.manifests, expected, 'gloo-istio inject prints what is expected')
      const reasons = injected.reasons.map(({ level, text }) => `${level}: ${text}\n`).join('')
      t.equal(reasons, goldens(reasons, reasonsFile), 'and why')
      t.strictSame(
        admitted.map(({ stored }) => stored),
        objectsIn(expected).filter(isKnown),
        'the webhook makes the same objects',
      )
      t.strictSame(
        admitted.flatMap(({ warnings }) => warnings.map(line => line.replace('gloo-istio: ', ''))),
        injected.reasons
          .filter(({ level }) => level === 'warning')
          .map(({ text }) => text.slice(text.indexOf(': ') + 2)),
        'and warns of the same',
      )
      t.equal(
        injectManifests(expected, facts.current).manifests,
        expected,
        'a second pass of inject',
      )
    }
    for (const [index, { stored }] of admitted.entries()) {
      const { review } = await admit(stored, old[index] ?? null)
      t.equal(review.response.patch, undefined, 'a second pass of the webhook yields no patch')
    }
  })
}
