import { type Document, LineCounter, parseAllDocuments, type ScalarTag, type Tags } from 'yaml'
import { fieldAt, withValue } from '../core/json.ts'
import { diff, type Patch } from '../core/patch.ts'
import type { JsonObject } from '../core/types.ts'
import { keysOf, ManifestError, type Manifests, type Place, placesIn } from './manifests.ts'

/** Reads multi-document YAML. Throws ManifestError. */
export const readYaml = (text: string): Manifests => {
  const documents = parse(text)
  const changed = new Set<Document>()
  const objects = documents.flatMap(document =>
    placesIn(document.toJS()).map(place => ({
      object: place.object,
      apply: (patch: Patch, after: JsonObject) => {
        changed.add(document)
        change(document, place, patch, after)
      },
    })),
  )
  return { objects, print: () => print(text, documents, changed) }
}

const parse = (text: string): Document.Parsed[] => {
  const lineCounter = new LineCounter()
  const options = { lineCounter, customTags: withSources, logLevel: 'error' } as const
  const documents = [...parseAllDocuments(text, options)]
  const error = documents.flatMap(({ errors }) => errors)[0]
  if (error) throw new ManifestError(error.message)
  return documents
}

/**
 * Prints numbers as they were written. YAML 1.2 reads a file mode such as 0644 as 644, Kubernetes
 * (YAML 1.1) as octal, and numbers beyond 2^53 would lose digits.
 */
const withSources = (tags: Tags): Tags =>
  tags.map(tag => {
    if (typeof tag === 'string' || !/:(int|float)$/.test(tag.tag)) return tag
    return {
      ...(tag as ScalarTag),
      stringify: ({ source, value }) => source ?? String(value),
    } satisfies ScalarTag
  })

const change = (document: Document, place: Place, patch: Patch, after: JsonObject) => {
  const whole = withItem(document.toJS(), place.path, after)
  try {
    for (const operation of patch) {
      const keys = [...place.path, ...keysOf(operation.path)]
      if (operation.op === 'remove') document.deleteIn(keys)
      else if (operation.op === 'add' || operation.op === 'replace')
        document.setIn(keys, document.createNode(operation.value))
      else throw new TypeError(operation.op)
    }
  } catch {
    writeOut(document, whole)
  }
  // A change inside an anchor shows at its aliases too.
  if (diff(whole, document.toJS()).length > 0) writeOut(document, whole)
}

/** Comments go, and so do anchors. */
const writeOut = (document: Document, whole: JsonObject) => {
  document.contents = document.createNode(whole, { aliasDuplicateObjects: false })
}

const withItem = (document: JsonObject, path: Place['path'], after: JsonObject): JsonObject => {
  const [list, index] = path
  if (list === undefined) return after
  const items = fieldAt(document, String(list)) as unknown[]
  return withValue(document, [String(list)], items.with(Number(index), after))
}

/** Changed documents are printed anew; the text between and around them is copied. */
const print = (
  text: string,
  documents: readonly Document.Parsed[],
  changed: ReadonlySet<Document>,
) => {
  let from = 0
  const parts = documents.map(document => {
    const source = text.slice(from, document.range[2])
    from = document.range[2]
    if (!changed.has(document)) return source
    const lead = /^\n*/.exec(source)?.[0] ?? ''
    return lead + document.toString(layoutOf(source))
  })
  return parts.join('') + text.slice(from)
}

/** The habits of the file: lists right under their key, as kubectl writes them, or `{tight: maps}`. */
const layoutOf = (source: string) => ({
  lineWidth: 0,
  indentSeq: !/^( *)[^\s#-][^\n]*:[^\S\n]*\n\1- /m.test(source),
  flowCollectionPadding: !/[:-] \{[^\s}]/.test(source),
})
