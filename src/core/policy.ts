import { annotationOf, MTLS_ANNOTATION, MTLS_LABEL } from './annotations.ts'
import { isMeshMember } from './backing-pods.ts'
import type { Write } from './decision.ts'
import { foreignDestination } from './destination.ts'
import { type Destination, destinationsOf, nameOfService } from './destination-services.ts'
import { fieldAt } from './json.ts'
import {
  agreed,
  bySwitch,
  type Heard,
  OUTSIDE,
  on,
  type Say,
  type Spoken,
} from './policy-switch.ts'
import { type Finding, finding } from './reasons.ts'
import { remembered } from './remembered.ts'
import { objectIn } from './snapshot.ts'
import type { Facts } from './types.ts'
import { viewUpstream } from './upstream.ts'

export interface Ruling {
  /** `unsaid` when no rule speaks. */
  readonly say: Say | 'unsaid'
  readonly finding: Finding
  /** Undefined when no rule speaks. */
  readonly by: PolicyRule | undefined
}

/** What the rules look at. */
interface Subject {
  readonly write: Write
  readonly facts: Facts
  readonly destinations: readonly Destination[]
}

export type PolicyRule = (typeof RULES)[number][0]

type Ask = (subject: Subject) => Heard

const upstreamAnnotation: Ask = ({ write, destinations }) => {
  const ports = destinations.length > 0 ? destinations.map(({ port }) => port) : [undefined]
  return agreed(
    ports.map(port =>
      bySwitch({
        where: `annotation ${MTLS_ANNOTATION}`,
        value: annotationOf(write.object, MTLS_ANNOTATION),
        port,
        on: () => finding('SelectedByAnnotation', {}),
        off: () => finding('OptedOut', { annotation: MTLS_ANNOTATION }),
        slip: value =>
          finding('InvalidAnnotation', {
            annotation: MTLS_ANNOTATION,
            value,
            allowed: '"enabled" or "disabled"',
          }),
      }),
    ),
  )
}

const serviceAnnotation: Ask = ({ facts, destinations }) =>
  agreed(
    destinations.map(destination => {
      const { namespace, service, port } = destination
      const found = objectIn(facts.snapshot?.services, namespace, service)
      const name = nameOfService(destination)
      if (found === undefined) return { saw: () => `no Service ${name} is known` }
      const where = `annotation ${MTLS_ANNOTATION} of Service ${name}`
      return bySwitch({
        where,
        value: annotationOf(found, MTLS_ANNOTATION),
        port,
        on: () => finding('SelectedByService', { service: name }),
        off: () => finding('OptedOutByService', { service: name }),
        slip: value => finding('InvalidSelection', { where, value }),
      })
    }),
  )

const destinationNamespace: Ask = ({ facts, destinations }) =>
  agreed(distinctNamespaces(destinations).map(namespace => byNamespace(facts, namespace)))

const ownNamespace: Ask = ({ write, facts, destinations }) =>
  leadsOutside(write, facts, destinations)
    ? { saw: () => OUTSIDE }
    : byNamespace(facts, write.namespace)

const leadsOutside = (
  { object }: Write,
  { clusterDomain }: Facts,
  destinations: readonly Destination[],
) =>
  destinations.length === 0 || foreignDestination(viewUpstream(object), clusterDomain) !== undefined

const byNamespace = ({ selection, snapshot }: Facts, namespace: string): Heard => {
  if (selection === 'off') return { saw: () => 'labels have no say: selection is "off"' }
  const found = objectIn(snapshot?.namespaces, '', namespace)
  if (found === undefined) return { saw: () => `no namespace ${namespace} is known` }
  const where = `label ${MTLS_LABEL} of namespace ${namespace}`
  return bySwitch({
    where,
    value: fieldAt(found, 'metadata', 'labels', MTLS_LABEL),
    port: undefined,
    on: () => finding('SelectedByNamespace', { namespace }),
    off: () => finding('OptedOutByNamespace', { namespace }),
    slip: value => finding('InvalidSelection', { where, value }),
  })
}

const clusterDefault: Ask = ({ write, facts, destinations }) => {
  const { selection, snapshot } = facts
  const saw = () => `selection is "${selection}"`
  if (leadsOutside(write, facts, destinations)) return { saw: () => `${saw()}, and ${OUTSIDE}` }
  const isMember = (destination: Destination) => isMeshMember(snapshot, destination)
  if (selection === 'all') return { saw, spoken: on(finding('SelectedByDefault', {})) }
  if (selection !== 'mesh-members') return { saw }
  const outsider = destinations.find(destination => !isMember(destination))
  if (outsider)
    return { saw: () => `${saw()}, and ${nameOfService(outsider)} is no member of a mesh` }
  return { saw, spoken: on(finding('SelectedAsMember', {})) }
}

/** First that speaks wins; the order is the policy. */
const RULES = [
  ['Upstream', upstreamAnnotation],
  ['Service', serviceAnnotation],
  ['destination namespace', destinationNamespace],
  ['own namespace', ownNamespace],
  ['cluster default', clusterDefault],
] as const satisfies readonly (readonly [string, Ask])[]

const subjectOf = (write: Write, facts: Facts): Subject => ({
  write,
  facts,
  destinations: destinationsOf(write.object, facts.clusterDomain),
})

/** Whether an Upstream is to have mutual TLS, and which rule says so. */
export const ruleOn = remembered((write: Write, facts: Facts): Ruling => {
  const subject = subjectOf(write, facts)
  for (const [by, ask] of RULES) {
    const { spoken } = ask(subject)
    if (spoken) return { ...spoken, by }
  }
  return { say: 'unsaid', finding: finding('NotSelected', {}), by: undefined }
})

export interface HeardBy {
  readonly rule: PolicyRule
  readonly saw: string
  readonly spoken: Spoken | undefined
}

/** What each rule sees, also those behind the one that speaks. */
export const hearAll = (write: Write, facts: Facts): readonly HeardBy[] => {
  const subject = subjectOf(write, facts)
  return RULES.map(([rule, ask]) => {
    const { saw, spoken } = ask(subject)
    return { rule, saw: saw(), spoken }
  })
}

/** Rules by which somebody meant this very Service, not a whole namespace. */
export const isExplicit = ({ by }: Ruling): boolean => by === 'Upstream' || by === 'Service'

const distinctNamespaces = (destinations: readonly Destination[]) => [
  ...new Set(destinations.map(({ namespace }) => namespace)),
]
