import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import {
  ESCALATE,
  INSTALL_CHECKS,
  RIGHTS_TO_CREATE,
  RIGHTS_TO_GIVE,
  type Right,
} from '../../src/core/check-install.ts'
import { type Row, testRows } from '../harness/evidence.ts'

const allowed = (rights: readonly Right[]) => rights.map(right => ({ ...right, isAllowed: true }))
const all = [...RIGHTS_TO_CREATE, ...RIGHTS_TO_GIVE]
const withRights = (...rights: readonly Right[]) => ({ more: { rights: allowed(rights) } })
const isNot = (resource: string) => (right: Right) => right.resource !== resource

const rows: readonly Row[] = [
  ['install-rights', withRights(...all), 'passed', 'all that the chart has'],
  [
    'install-rights',
    withRights(...all.filter(isNot('secrets'))),
    'failed',
    /^you may not create secrets$/,
  ],
  [
    'install-rights',
    { more: { rights: all.map(right => ({ ...right, isAllowed: false })) } },
    'failed',
    /create configmaps, .* and \d+ more$/,
  ],
  ['install-rights-to-give', withRights(...all), 'passed', 'all the rights that the process'],
  ['install-rights-to-give', withRights(ESCALATE), 'passed', 'any right'],
  [
    'install-rights-to-give',
    withRights(...all.filter(isNot('upstreams'))),
    'failed',
    /do not have: list upstreams.gloo.solo.io, watch/,
  ],
  ['install-namespace', {}, 'passed', 'is there'],
  ['install-namespace', { objects: { allNamespaces: [] } }, 'passed', 'is to be made'],
  [
    'install-namespace',
    {
      objects: {
        allNamespaces: [{ metadata: { name: 'gloo-istio', deletionTimestamp: '2026-06-01' } }],
      },
    },
    'failed',
    'is being deleted',
  ],
  [
    'install-leftovers',
    { objects: { roleBindings: [] }, more: { releases: [] } },
    'passed',
    'nothing of another',
  ],
  ['install-leftovers', {}, 'warning', 'is installed already: gloo-istio/gloo-istio'],
  [
    'install-leftovers',
    { more: { releases: [] } },
    'warning',
    'still given: gloo-istio.gloo-istio',
  ],
  ['install-order', {}, 'passed', 'Gloo is there'],
  ['install-order', { objects: { crds: [] } }, 'warning', 'Gloo is not installed'],
]

testRows(t, INSTALL_CHECKS, rows)

const TEMPLATES = fileURLToPath(new URL('../../charts/gloo-istio/templates', import.meta.url))
const templates = globSync('**/*.yaml', { cwd: TEMPLATES }).map(file =>
  readFileSync(`${TEMPLATES}/${file}`, 'utf8'),
)
// What is there by values that somebody sets, of kinds that others bring or that few may make.
const BY_CHOICE = ['Certificate', 'Issuer', 'NetworkPolicy', 'PrometheusRule', 'ServiceMonitor']

t.test('rights are asked for each kind that the chart makes by default, and no other', async t => {
  const kinds = templates.flatMap(text =>
    [...text.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind),
  )
  const plurals = kinds
    .filter(kind => kind !== undefined && !BY_CHOICE.includes(kind))
    .map(kind => `${kind?.toLowerCase()}s`)
  t.strictSame(
    RIGHTS_TO_CREATE.map(({ resource }) => resource).toSorted(),
    [...new Set(plurals)].toSorted(),
  )
})

t.test('rights that are given stand in the chart’s ClusterRole', async t => {
  const role = readFileSync(`${TEMPLATES}/clusterrole.yaml`, 'utf8')
  for (const { group, resource, verb } of RIGHTS_TO_GIVE) {
    const rules = role.split('- apiGroups:').slice(1)
    const granting = rules.filter(
      rule =>
        rule.trimStart().startsWith(group === '' ? '[""]' : `[${group}]`) &&
        new RegExp(`resources: \\[[^\\]]*\\b${resource}\\b`).test(rule) &&
        new RegExp(`verbs: \\[[^\\]]*\\b${verb}\\b`).test(rule),
    )
    t.ok(granting.length > 0, `${verb} ${resource}`)
  }
})
