import PQueue from 'p-queue'
import { stringify } from 'yaml'
import type { BundleContent, BundleFile, Missing } from '../cli/bundle.ts'
import type { ApiClient, ApiRequest } from '../cluster/api.ts'
import { isStatus } from '../cluster/api-status.ts'
import { listAll } from '../cluster/list.ts'
import { redactObject } from '../core/redact.ts'
import { redactText } from '../core/redact-text.ts'
import { withoutSecrets } from '../core/secret-summary.ts'
import type { JsonObject } from '../core/types.ts'
import type { Source } from './bundle-sources.ts'

/** Requests at once. */
const CONCURRENCY = 6
/** One thing that does not answer must not cost the time of all others. */
const ONE_MS = 20_000

/** Collects files of a bundle, and what could not be had. Nothing in it is as it came: see `redactText`. */
export class BundleCollector {
  readonly api: ApiClient
  readonly #signal: AbortSignal
  readonly #files: BundleFile[] = []
  readonly #missing: Missing[] = []
  readonly #secrets: string[]
  readonly #queue = new PQueue({ concurrency: CONCURRENCY })

  /** `secrets` are known, and are nowhere in it. */
  constructor(api: ApiClient, signal: AbortSignal, secrets: readonly string[]) {
    this.api = api
    this.#signal = signal
    this.#secrets = [...secrets]
  }

  /** Objects of a kind, as they are; undefined when they cannot be had, which the index then says. */
  async list(source: Source, namespace = ''): Promise<readonly JsonObject[] | undefined> {
    const paths = source.paths.map(path =>
      path.replace('{namespace}', encodeURIComponent(namespace)),
    )
    const { path: kind, labelSelector, fieldSelector } = source
    const selectors = {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    }
    const resource = { kind, paths, ...selectors, trim: (object: JsonObject) => object }
    const what = namespace === '' ? source.path : `${source.path} of namespace ${namespace}`
    return this.attempt(what, async signal => {
      const listed = await listAll({ api: this.api, resource, signal, onPage: () => {} })
      if (listed === undefined) this.miss(what, 'the cluster has no such kind of objects')
      return listed?.objects
    })
  }

  /** The answer to a request as it comes, of a log for instance. */
  async text(what: string, request: ApiRequest): Promise<string | undefined> {
    return this.attempt(what, async signal => {
      const lines: string[] = []
      for await (const line of this.api.lines({ ...request, signal })) lines.push(line)
      return lines.map(line => `${line}\n`).join('')
    })
  }

  /** Does one thing in its time and turn; what fails is missing. */
  attempt<T>(
    what: string,
    work: (signal: AbortSignal) => Promise<T>,
    milliseconds = ONE_MS,
  ): Promise<T | undefined> {
    return this.#queue.add(async () => {
      try {
        const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(milliseconds)])
        signal.throwIfAborted()
        return await Promise.race([work(signal), givenUp(signal)])
      } catch (error) {
        this.miss(what, whyNot(error))
        return undefined
      }
    })
  }

  miss(what: string, why: string): void {
    this.#missing.push({ what, why: redactText(why) })
  }

  /** Keeps what is secret, so that it is taken out of everything. */
  keepSecret(secrets: readonly string[]): void {
    this.#secrets.push(...secrets)
  }

  addObjects(
    { path, about }: Pick<Source, 'path' | 'about'>,
    objects: readonly JsonObject[],
  ): void {
    if (objects.length === 0) return
    const documents = objects.map(object => stringify(redactObject(object), YAML))
    this.#files.push({ path, about, text: documents.join('---\n') })
  }

  /** Objects in which nothing is secret by its making; their fields are named after what is not here. */
  addSummaries(path: string, about: string, summaries: readonly object[]): void {
    if (summaries.length > 0) this.#files.push({ path, about, text: stringify(summaries, YAML) })
  }

  addText(path: string, about: string, text: string): void {
    this.#files.push({ path, about, text: redactText(text) })
  }

  content(): BundleContent {
    const clean = (text: string) => withoutSecrets(text, this.#secrets)
    const files = this.#files.map(({ path, about, text }) => ({ path, about, text: clean(text) }))
    const missing = this.#missing.map(({ what, why }) => ({ what, why: clean(why) }))
    return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), missing }
  }
}

/** A line is a line, however long; nothing refers to another place. */
const YAML = { lineWidth: 0, aliasDuplicateObjects: false } as const

const givenUp = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it took too long')), { once: true })
  })

const whyNot = (error: unknown): string => {
  if (isStatus(error, 403)) return `not allowed: ${error.message}`
  if (isStatus(error, 404)) return `not found: ${error.message}`
  return error instanceof Error ? error.message : String(error)
}
