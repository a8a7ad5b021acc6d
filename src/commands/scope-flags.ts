import { InvalidArgumentError, Option } from 'commander'
import { field, textAt } from '../core/json.ts'
import { type LabelSelector, parseLabelSelector, selects } from '../core/label-selector.ts'
import type { JsonObject } from '../core/types.ts'

/** Which of the objects a command is about. */
export interface ScopeFlags {
  readonly namespace?: string
  readonly allNamespaces?: boolean
  readonly selector?: LabelSelector
}

const parseSelectorFlag = (text: string): LabelSelector => {
  const parsed = parseLabelSelector(text)
  if ('trouble' in parsed) throw new InvalidArgumentError(parsed.trouble)
  return parsed.selector
}

/** As kubectl's, but all namespaces are the default: gateways and what they lead to are seldom in one. */
export const scopeOptions = (): readonly Option[] => [
  new Option('-n, --namespace <namespace>', 'of this namespace only (default: all)'),
  new Option('-A, --all-namespaces', 'of all namespaces, which is the default').conflicts(
    'namespace',
  ),
  new Option(
    '-l, --selector <labels>',
    'with these labels only: app=a,tier!=b,x in (y,z)',
  ).argParser(parseSelectorFlag),
]

/** The objects that the flags are about. */
export const inScope = (
  objects: readonly JsonObject[],
  { namespace, selector }: ScopeFlags,
): readonly JsonObject[] =>
  objects.filter(object => {
    const metadata = field(object, 'metadata')
    return (
      (namespace === undefined || textAt(metadata, 'namespace') === namespace) &&
      (selector === undefined || selects(selector, field(metadata, 'labels')))
    )
  })
