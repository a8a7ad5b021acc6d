import { backfillSections } from './backfill.ts'
import type { Bench } from './section.ts'
import { sizesSection } from './sizes.ts'
import { glooIstio } from './subjects/gloo-istio.ts'

/** What a cluster costs by its size, and what it takes to bring all of a large one in line. */
export const growth: Bench = async options => {
  await glooIstio().prepare?.(options.say)
  return [await sizesSection(options), ...(await backfillSections(options))]
}
