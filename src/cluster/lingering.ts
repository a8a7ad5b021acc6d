import type { JsonObject } from '../core/types.ts'
import { type Feed, keyOf } from './store.ts'

export interface LingeringPorts {
  /** How long what is gone is still told of. */
  readonly milliseconds: number
  /** Runs something later; answers how to prevent it. */
  readonly later: (run: () => void, milliseconds: number) => () => void
}

/**
 * A feed that lets go of things late. The identities of pods that have just ended stay accepted until Envoy
 * has forgotten their addresses; were they dropped at once, requests on their way would be lost.
 */
export const lingering = (feed: Feed, { milliseconds, later }: LingeringPorts): Feed => {
  const present = new Map<string, JsonObject>()
  const leaving = new Map<string, () => void>()

  const stay = (object: JsonObject) => {
    const key = keyOf(object)
    leaving.get(key)?.()
    leaving.delete(key)
    present.set(key, object)
  }
  const onChange = (object: JsonObject) => {
    stay(object)
    feed.onChange(object)
  }
  const onRemove = (object: JsonObject) => {
    const key = keyOf(object)
    if (!present.delete(key)) return
    const go = () => {
      leaving.delete(key)
      feed.onRemove(object)
    }
    leaving.set(key, later(go, milliseconds))
  }
  const onReplace = (objects: readonly JsonObject[]) => {
    const staying = new Set(objects.map(keyOf))
    for (const [key, object] of present) if (!staying.has(key)) onRemove(object)
    for (const object of objects) onChange(object)
  }
  return { onReplace, onChange, onRemove }
}
