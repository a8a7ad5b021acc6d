import { growthSection } from './memory-growth.ts'
import { heldSection } from './memory-held.ts'
import type { Bench } from './section.ts'
import { glooIstio } from './subjects/gloo-istio.ts'

/** What gloo-istio holds, idle, under load and after many reviews, and how soon it is ready. */
export const memory: Bench = async options => {
  await glooIstio().prepare?.(options.say)
  return [await heldSection(options), await growthSection(options)]
}
