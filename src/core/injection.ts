import { type Addition, statesIn } from './additions.ts'
import { clashOf, missingOf, type Place, portsOf } from './clashes.ts'
import { portFixed, sdsExposed, sidecarsPresent } from './coexistence.ts'
import { type Decision, skip, type Write } from './decision.ts'
import { type Form, sidecarNames } from './form.ts'
import { leaningOn } from './leaning.ts'
import { formatMeshRef } from './mesh.ts'
import { differs } from './proxy.ts'
import { additionsOf } from './proxy-additions.ts'
import { type Finding, finding, isFinding } from './reasons.ts'
import { distinct, selectForms } from './selection.ts'
import type { Facts } from './types.ts'
import { parseVersion } from './version.ts'
import { type Ownership, ownershipOf } from './workload-ownership.ts'

type StateNow = ReturnType<typeof statesIn>

/** What one form comes to in a workload. */
interface Outcome {
  readonly form: Form
  readonly additions: readonly Addition[]
  /** Why nothing is added, or what else there is to say. */
  readonly problem?: Finding
  readonly notices: readonly Finding[]
}

/** The change that gives a workload the certificates of its meshes, and nothing half. */
export const planFor = (write: Write, facts: Facts): Decision => {
  const owned = ownershipOf(write, facts)
  const { forms, slips, undecided } = selectForms(write.object, facts, owned.proxy.gloo)
  const stateNow = statesIn(write.object)
  const outcomes = forms.map(form => outcomeOf(stateNow, facts, owned, form))
  const wanted = outcomes.flatMap(({ additions }) => additions)
  const blocked = [...slips, ...undecided, ...outcomes.flatMap(({ problem }) => problem ?? [])]
  const stale = owned.intact.filter(path => isStale(stateNow, wanted, path))
  const isReplaced = (path: string) => wanted.some(addition => addition.path === path)
  const held = stale.every(isReplaced) ? undefined : leaningOn(write, facts, forms)
  const change = {
    // With something to mend first, what serves today is left as it is.
    remove: stale.filter(path => isReplaced(path) || (blocked.length === 0 && held === undefined)),
    add: wanted.filter(addition => isMissing(stateNow, owned, addition)),
  }
  const problems = [
    ...blocked,
    ...(held ? [held] : []),
    ...versionProblem(owned, facts),
    ...owned.changed.map(path => finding('AdditionChanged', { path })),
  ]
  if (change.remove.length + change.add.length === 0) return nothingToDo(owned, outcomes, problems)
  return decisionOn(owned, outcomes, change, problems)
}

/** Why a workload does not carry a form; undefined when it does. */
export const lackOf = (write: Write, facts: Facts, form: Form): string | undefined => {
  const owned = ownershipOf(write, facts)
  const stateNow = statesIn(write.object)
  const { problem, additions } = outcomeOf(stateNow, facts, owned, form)
  if (problem?.reason === 'SidecarsPresent') return undefined
  if (problem) return `see its ${problem.reason}`
  const isCarried = additions.every(addition => stateNow(addition) === 'present')
  return isCarried ? undefined : 'it has not been injected yet'
}

const decisionOn = (
  { mark, proxy }: Ownership,
  outcomes: readonly Outcome[],
  change: { remove: readonly string[]; add: readonly Addition[] },
  problems: readonly Finding[],
): Decision => {
  const served = outcomes.filter(({ problem }) => problem === undefined)
  const said =
    served.length > 0
      ? finding('CertificatesMounted', { container: proxy.container, meshes: listed(served) })
      : finding('CertificatesRemoved', { why: 'no mesh is wanted any more' })
  const notices = distinct([...problems, ...served.flatMap(outcome => outcome.notices)])
  return { kind: 'change-workload', mark, change, finding: said, notices }
}

const nothingToDo = (
  { proxy }: Ownership,
  outcomes: readonly Outcome[],
  problems: readonly Finding[],
): Decision => {
  const [first, ...others] = problems
  if (first) return skip(first, others)
  if (outcomes.length === 0) return skip(finding('NothingToMount', {}))
  const said = { container: proxy.container, meshes: listed(outcomes) }
  return skip(finding('AlreadyMounted', said))
}

const listed = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ form: { mesh, mode } }) => `${formatMeshRef(mesh)} (${mode})`).join(', ')

/** An addition that is not wanted any more, or not in the same way. */
const isStale = (stateNow: StateNow, wanted: readonly Addition[], path: string): boolean => {
  const found = wanted.find(addition => addition.path === path)
  return found === undefined || stateNow(found) !== 'present'
}

const isMissing = (stateNow: StateNow, { changed }: Ownership, addition: Addition): boolean =>
  stateNow(addition) !== 'present' && !changed.includes(addition.path)

const outcomeOf = (
  stateNow: StateNow,
  facts: Facts,
  { base, proxy, changed }: Ownership,
  form: Form,
): Outcome => {
  const additions = additionsOf(form, proxy, facts.mountRoot)
  const place: Place = { base, proxy, form, additions, changed }
  const isComplete = additions.every(addition => stateNow(addition) === 'present')
  const missing = missingOf(place)
  const problem =
    portFixed(place) ?? sidecarsPresent(place) ?? imageUnknown(place) ?? clashOf(place, missing)
  if (problem && !isComplete) return { form, additions: [], problem, notices: [] }
  return { form, additions: missing, notices: noticesOf(place) }
}

const imageUnknown = ({ form, proxy, additions }: Place): Finding | undefined => {
  const { sds } = sidecarNames(form)
  const container = additions.find(({ path }) => path === `containers[${sds}]`)
  if (container === undefined || proxy.sdsImage !== undefined) return undefined
  const mesh = formatMeshRef(form.mesh)
  return finding('SdsImageUnknown', { mesh, image: proxy.image || 'no image' })
}

const versionProblem = ({ proxy }: Ownership, { gloo }: Facts): readonly Finding[] => {
  const told = parseVersion(gloo.version)
  if (!differs(proxy, told)) return []
  return [
    finding('GlooVersionDiffers', {
      gloo: String(proxy.imageSays?.text),
      configured: String(told?.text),
    }),
  ]
}

/** What an operator should know of a form that is put in place. */
const noticesOf = (place: Place): readonly Finding[] => {
  const { form, proxy } = place
  const ports = portsOf(place)
  const found = [
    form.mode === 'citadel-files' && finding('CertificatesStayOld', { container: proxy.container }),
    form.mode === 'node-agent-sds' && finding('HostPathNeeded', {}),
    form.mode === 'istio-agent' &&
      proxy.reader === undefined &&
      finding('UserUnset', { container: proxy.container }),
    proxy.hostNetwork &&
      ports.length > 0 &&
      finding('HostNetworkPorts', { ports: ports.join(', ') }),
    sdsExposed(place),
  ]
  return found.filter(isFinding)
}
