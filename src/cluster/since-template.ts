import { sinceTemplateOf } from '../core/rollout.ts'
import type { JsonObject } from '../core/types.ts'
import { type Feed, keyOf } from './store.ts'

/**
 * A feed of workloads that knows since when each has its template, so that one which is only scaled counts as
 * rolled out all the while. A list may leave out what was in between, so it begins anew.
 */
export const sinceTemplate = (feed: Feed): Feed => {
  const present = new Map<string, JsonObject>()
  const keep = (object: JsonObject): JsonObject => {
    present.set(keyOf(object), object)
    return object
  }
  return {
    onReplace: objects => {
      present.clear()
      feed.onReplace(objects.map(keep))
    },
    onChange: object => feed.onChange(keep(sinceTemplateOf(present.get(keyOf(object)), object))),
    onRemove: object => {
      present.delete(keyOf(object))
      feed.onRemove(object)
    },
  }
}
