import { parseAllDocuments } from 'yaml'
import { placesIn } from '../../src/cli/manifests.ts'
import { isKnownKind } from '../../src/core/decide.ts'
import type { JsonObject } from '../../src/core/types.ts'
import { kindOf } from './build.ts'

/** The objects of a file, those of Lists too. */
export const objectsIn = (text: string): JsonObject[] =>
  parseAllDocuments(text).flatMap(document =>
    // Through JSON, so that aliases become copies, as they do on the way to the API server.
    placesIn(JSON.parse(JSON.stringify(document.toJS()))).map(place => place.object),
  )

/** Whether the webhook is sent such an object. */
export const isKnown = (object: JsonObject) => isKnownKind(kindOf(object))
