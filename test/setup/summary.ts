import type { Tally } from './tally.ts'

const indent = (text: string): string => text.trimEnd().replace(/^/gm, '  ')

/** Failures are told here, too: tap loses its own account of them when coverage ends it early. */
export const printSummary = ({ passed, failures, skips }: Tally): void => {
  for (const { name, detail } of failures) console.log(`\nFAILED ${name}\n${indent(detail)}`)
  for (const { name, reason } of skips) console.log(`\nSKIPPED ${name}\n${indent(reason)}`)
  console.log(`\n${passed} passed, ${failures.length} failed, ${skips.length} skipped`)
}
