import { t } from 'tap'
import type { Write } from '../../src/core/decision.ts'
import { hearAll, isExplicit, type PolicyRule, type Ruling, ruleOn } from '../../src/core/policy.ts'
import type { ClusterSelection, Facts, JsonObject } from '../../src/core/types.ts'
import { facts, mesh, requestOf, upstream } from '../harness/build.ts'
import { namespace, pod, podInMesh, seen, service } from '../harness/cluster.ts'
import { type Destinations, POLICY_TABLE, type PolicyRow } from '../harness/policy-table.ts'

const KEY = 'gloo-istio.io/mtls'
const set = (value: string | undefined): JsonObject =>
  value === undefined || value === '-' ? {} : { [KEY]: value }

const FIRST = { addr: 'details.default.svc', port: 9080 }
const SECOND = { addr: 'other.second.svc.cluster.local', port: 9443 }
const FOREIGN = { addr: 'www.example.com', port: 443 }
const hosts = (...found: readonly object[]) => ({ static: { hosts: found } })
const KUBE = { kube: { serviceName: 'details', serviceNamespace: 'default', servicePort: 9080 } }
const SPECS: Readonly<Record<Destinations, JsonObject>> = {
  'a Service': KUBE,
  'two Services': hosts(FIRST, SECOND),
  outside: hosts(FOREIGN),
  'a Service and outside': hosts(FIRST, FOREIGN),
}

/** What makes a Service a member of the mesh, or none: labels of its namespace, and its pods. */
const MEMBERSHIP: Readonly<
  Record<string, readonly [JsonObject, readonly (typeof pod)[]] | undefined>
> = {
  'by pods': [{}, [podInMesh, podInMesh]],
  'by some pods': [{}, [podInMesh, pod]],
  'by namespace': [{ 'istio-injection': 'enabled' }, []],
  'by revision': [{ 'istio.io/rev': '1-22' }, []],
  'not its pods': [{ 'istio-injection': 'enabled' }, [pod]],
  ambient: [{ 'istio.io/dataplane-mode': 'ambient' }, [pod]],
  no: [{}, [pod]],
  unknown: undefined,
}

interface Place {
  readonly name: string
  readonly namespace: string
  readonly annotation: string | undefined
  readonly label: string | undefined
  readonly member: string | undefined
}

const objectsOf = ({ name, namespace: home, annotation, label, member }: Place) => {
  const membership = MEMBERSHIP[member ?? '']
  if (membership === undefined) return []
  const [labels, pods] = membership
  return [
    namespace(home, { ...labels, ...set(label) }),
    service({ name, namespace: home, annotations: set(annotation) }),
    ...pods.map((make, at) =>
      make({ name: `${name}-${at}`, namespace: home, labels: { app: name } }),
    ),
  ]
}

/** The write and the facts that a row of the table is about. */
const worldOf = (row: PolicyRow): readonly [Write, Facts] => {
  const [services, labels, members] = [row.service, row.destinationNamespace, row.member].map(
    cell => cell.split(' / '),
  )
  const places = [
    { name: 'details', namespace: 'default' },
    { name: 'other', namespace: 'second' },
  ].slice(0, row.leadsTo === 'two Services' ? 2 : 1)
  const objects = places.flatMap((place, at) =>
    objectsOf({
      ...place,
      annotation: services?.[at],
      label: labels?.[at],
      member: members?.[at],
    }),
  )
  const known = seen(
    facts(mesh('a.istio')),
    ...objects,
    namespace('gloo-system', set(row.ownNamespace)),
  )
  const object = upstream({ spec: SPECS[row.leadsTo] }, set(row.upstream))
  return [requestOf(object) as Write, { ...known, selection: row.selection }]
}

const nameOf = (row: PolicyRow): string =>
  `${row.leadsTo}: ${row.upstream} | ${row.service} | ${row.destinationNamespace} | ${row.ownNamespace} | ${row.selection} | ${row.member}`

for (const { title, rows } of POLICY_TABLE)
  t.test(title, async t => {
    for (const row of rows) {
      const { say, by } = ruleOn(...worldOf(row))
      t.strictSame({ outcome: say, by }, { outcome: row.outcome, by: row.by }, nameOf(row))
    }
  })

const row = (more: Partial<PolicyRow>): PolicyRow => ({
  leadsTo: 'a Service',
  upstream: '-',
  service: '-',
  destinationNamespace: '-',
  ownNamespace: '-',
  selection: 'labelled',
  member: 'no',
  outcome: 'unsaid',
  by: undefined,
  ...more,
})

const SAYS: Readonly<Record<string, Ruling['say']>> = {
  enabled: 'on',
  disabled: 'off',
  yes: 'unclear',
}
const CELLS = ['-', ...Object.keys(SAYS)]
const SELECTIONS: readonly ClusterSelection[] = ['off', 'labelled', 'mesh-members', 'all']

/** Every way to set the four places, with each selection. */
const EVERY: readonly PolicyRow[] = SELECTIONS.flatMap(selection =>
  CELLS.flatMap(upstream =>
    CELLS.flatMap(service =>
      CELLS.flatMap(destinationNamespace =>
        CELLS.map(ownNamespace => {
          const places = { upstream, service, destinationNamespace, ownNamespace }
          return row({ ...places, selection, member: 'by pods' })
        }),
      ),
    ),
  ),
)

/** What of a row is set, with the rule that looks at it, in the order of the rules. */
const setIn = (found: PolicyRow): readonly (readonly [string, PolicyRule])[] => {
  const named = [[found.upstream, 'Upstream'] as const, [found.service, 'Service'] as const]
  const labels = [
    [found.destinationNamespace, 'destination namespace'] as const,
    [found.ownNamespace, 'own namespace'] as const,
  ]
  return [...named, ...(found.selection === 'off' ? [] : labels)].filter(([cell]) => cell !== '-')
}

t.test('whatever is set, the first that is set speaks', async t => {
  for (const found of EVERY) {
    const [first] = setIn(found)
    const isDefault = ['mesh-members', 'all'].includes(found.selection)
    const silent = isDefault ? ['on', 'cluster default'] : ['unsaid', undefined]
    const { say, by } = ruleOn(...worldOf(found))
    const expected = first ? [SAYS[first[0]], first[1]] : silent
    if (say !== expected[0] || by !== expected[1]) t.strictSame([say, by], expected, nameOf(found))
  }
  t.equal(EVERY.length, 1024)
})

// row | reason and words of what is said
const findings: readonly [Partial<PolicyRow>, string, RegExp][] = [
  [{ upstream: 'enabled' }, 'SelectedByAnnotation', /its annotation/],
  [{ upstream: 'disabled' }, 'OptedOut', /annotation gloo-istio.io\/mtls is "disabled"/],
  [{ upstream: 'yes' }, 'InvalidAnnotation', /is "yes": use "enabled" or "disabled"/],
  [{ service: 'enabled' }, 'SelectedByService', /of Service default\/details$/],
  [{ service: 'disabled' }, 'OptedOutByService', /of Service default\/details is "disabled"/],
  [{ service: 'yes' }, 'InvalidSelection', /of Service default\/details is "yes"/],
  [{ destinationNamespace: 'enabled' }, 'SelectedByNamespace', /of namespace default$/],
  [{ destinationNamespace: 'disabled' }, 'OptedOutByNamespace', /of namespace default is/],
  [{ destinationNamespace: 'yes' }, 'InvalidSelection', /of namespace default is "yes"/],
  [{ ownNamespace: 'enabled' }, 'SelectedByNamespace', /of namespace gloo-system$/],
  [{ selection: 'all' }, 'SelectedByDefault', /because all are/],
  [{ selection: 'mesh-members', member: 'by pods' }, 'SelectedAsMember', /is in the mesh/],
  [{}, 'NotSelected', /no annotation, label or default selects it/],
]
for (const [more, reason, message] of findings)
  t.test(`${nameOf(row(more))}: ${reason}`, async t => {
    const { finding } = ruleOn(...worldOf(row(more)))
    t.match(finding, { reason, message })
  })

const sawOf = (more: Partial<PolicyRow>) =>
  hearAll(...worldOf(row(more))).map(({ rule, saw }) => `${rule}: ${saw}`)

t.test('each rule tells what it saw, also those behind the one that speaks', async t => {
  t.strictSame(
    sawOf({ upstream: 'enabled', service: '9443:enabled', destinationNamespace: 'yes' }),
    [
      'Upstream: annotation gloo-istio.io/mtls is "enabled"',
      'Service: annotation gloo-istio.io/mtls of Service default/details is "9443:enabled", for other ports',
      'destination namespace: label gloo-istio.io/mtls of namespace default is "yes"',
      'own namespace: label gloo-istio.io/mtls of namespace gloo-system is not set',
      'cluster default: selection is "labelled"',
    ],
  )
  t.strictSame(sawOf({ member: 'unknown', selection: 'mesh-members' }).slice(1), [
    'Service: no Service default/details is known',
    'destination namespace: no namespace default is known',
    'own namespace: label gloo-istio.io/mtls of namespace gloo-system is not set',
    'cluster default: selection is "mesh-members", and default/details is no member of a mesh',
  ])
  t.strictSame(sawOf({ leadsTo: 'outside', selection: 'all' }).slice(1), [
    'Service: its destination is no Service of the cluster',
    'destination namespace: its destination is no Service of the cluster',
    'own namespace: its destination is no Service of the cluster',
    'cluster default: selection is "all", and its destination is no Service of the cluster',
  ])
  const off = 'labels have no say: selection is "off"'
  t.strictSame(sawOf({ selection: 'off', ownNamespace: 'enabled' }).slice(2), [
    `destination namespace: ${off}`,
    `own namespace: ${off}`,
    'cluster default: selection is "off"',
  ])
  t.match(sawOf({ selection: 'all' })[4], 'selection is "all"')
  t.match(sawOf({ selection: 'mesh-members', member: 'by pods' })[4], /"mesh-members"$/)
})

t.test('who names the Upstream or its Service means just that', async t => {
  const by = (rule: PolicyRule | undefined) =>
    isExplicit({ ...ruleOn(...worldOf(row({}))), by: rule })
  t.strictSame([by('Upstream'), by('Service')], [true, true])
  for (const wider of [
    'destination namespace',
    'own namespace',
    'cluster default',
    undefined,
  ] as const)
    t.notOk(by(wider))
})

t.test('a write is ruled on anew once the facts have changed', async t => {
  const [write, told] = worldOf(row({ selection: 'all' }))
  t.equal(ruleOn(write, told), ruleOn(write, told))
  t.not(ruleOn(write, told).say, ruleOn(write, { ...told, selection: 'off' }).say)
})
