import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { t } from 'tap'
import { parse, stringify } from 'yaml'
import {
  type Bootstrap,
  bootstrapText,
  clusterNames,
  sdsClusterOf,
} from '../../src/core/bootstrap.ts'
import { readBootstrap } from '../../src/envoy/bootstrap.ts'
import { objectsIn } from '../harness/manifests.ts'

const CLUSTER = sdsClusterOf('gateway_proxy_sds_7', 8240)
const NAME = 'gateway_proxy_sds_7'

const read = (text: string): Bootstrap => {
  const bootstrap = readBootstrap(text)
  if (bootstrap === undefined) throw new TypeError(`not read: ${text}`)
  return bootstrap
}

interface Parsed {
  readonly static_resources: { readonly clusters: readonly unknown[] }
}
const clustersIn = (text: string) => (parse(text) as Parsed).static_resources.clusters

/** The lines that were added, when all others are there, in their order, byte for byte. */
const addedLines = (before: string, after: string): readonly string[] | undefined => {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const start = old.findIndex((line, at) => line !== now[at])
  const from = start < 0 ? old.length : start
  const rest = old.slice(from)
  const tail = now.slice(now.length - rest.length)
  const isKept = rest.every((line, at) => line === tail[at])
  return isKept ? now.slice(from, now.length - rest.length) : undefined
}

type Checks = Pick<typeof t, 'equal' | 'ok' | 'strictSame'>

/** What holds for every bootstrap that is extended by the line. */
const checkByLine = (t: Checks, text: string) => {
  const before = read(text)
  const after = before.with(CLUSTER)
  t.strictSame(clustersIn(after), [...before.clusters, CLUSTER], 'the cluster is the last one')
  const { static_resources: was, ...others } = parse(text) as Parsed
  const { static_resources: is, ...same } = parse(after) as Parsed
  t.strictSame({ ...is, clusters: was.clusters }, was, 'and the only change')
  t.strictSame(same, others)
  const added = addedLines(text, after)
  t.ok(added && added.length > 0, 'every other line stays, byte for byte')
  t.strictSame(clusterNames(read(after)), [...clusterNames(before), NAME])
  t.equal(read(after).without(NAME), text, 'and is taken out without a trace')
  t.equal(before.without(NAME), text, 'a cluster that is not there is not taken out')
  const another = sdsClusterOf('another', 8241)
  const both = before.with(CLUSTER, another)
  t.equal(both, read(after).with(another), 'two at once are one after the other')
  t.equal(read(read(both).without(NAME)).without('another'), text, 'in the other order, too')
  t.equal(read(both).without('another', NAME), text, 'and both at once')
}

// What Gloo's own charts render, kept beside the repository: see CONTRIBUTING.md.
const CORPUS = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))
const skip = existsSync(CORPUS) ? false : `no manifests of Gloo at ${CORPUS}`
t.test('bootstraps of real Gloo releases', { skip }, async t => {
  const files = globSync('*/*.yaml', { cwd: CORPUS }).toSorted()
  const bootstraps = files.flatMap(file =>
    objectsIn(readFileSync(CORPUS + file, 'utf8')).flatMap(object => {
      const text = object['kind'] === 'ConfigMap' ? bootstrapText(object)?.text : undefined
      return text === undefined ? [] : [{ file, text }]
    }),
  )
  t.ok(bootstraps.length > 20, `${bootstraps.length} bootstraps`)
  for (const { file, text } of bootstraps)
    t.test(file, async t => {
      checkByLine(t, text)
      const placeholders = text.match(/\{\{[^}]*\}\}/g) ?? []
      t.ok(placeholders.length > 0)
      t.strictSame(
        read(text)
          .with(CLUSTER)
          .match(/\{\{[^}]*\}\}/g),
        placeholders,
      )
    })
})

const XDS = `  - name: xds_cluster # Gloo's own
    connect_timeout: 5.000s
    load_assignment: {cluster_name: xds_cluster}
`
const HEAD = `node:
  cluster: gateway
  id: "{{.PodName}}.{{.PodNamespace}}"   # filled in by envoyinit
static_resources:
  listeners: []
  clusters:
`
const TAIL = `
admin:
  address:
    socket_address: {address: 127.0.0.1, port_value: 19000}
`

// What an operator's own hand may have made of it, and is still extended by the line.
const layouts: readonly [string, string][] = [
  ['a list as Gloo writes it', HEAD + XDS + TAIL],
  ['a list at the end', HEAD + XDS],
  ['no new line at the end', (HEAD + XDS).trimEnd()],
  ['empty lines at the end', `${HEAD}${XDS}\n\n`],
  [
    'two clusters and an empty line between',
    `${HEAD}${XDS}\n${XDS.replaceAll('xds', 'rest')}${TAIL}`,
  ],
  ['a comment behind the list', `${HEAD}${XDS}  # more to come\n${TAIL}`],
  ['a comment behind the last cluster', `${HEAD}${XDS}    # of xds\n\n# of admin${TAIL}`],
  ['a comment at the very end', `${HEAD}${XDS}# the end`],
  ['a comment in front of the list', `${HEAD}  # first\n${XDS}${TAIL}`],
  ['a list that is indented further', HEAD + XDS.replaceAll(/^/gm, '    ').trimEnd() + TAIL],
  ['a list that is not indented', `static_resources:\n  clusters:\n  - name: a\nadmin: {}\n`],
  ['lines of Windows', (HEAD + XDS + TAIL).replaceAll('\n', '\r\n')],
  ['a cluster in one line', `${HEAD}  - {name: xds_cluster, connect_timeout: 5s}\n${TAIL}`],
  ['an anchor on the list', HEAD.replace('clusters:', 'clusters: &all') + XDS + TAIL],
  ['an anchor on a cluster', `${HEAD}  - &xds\n    name: xds_cluster\n${TAIL}`],
  ['a cluster that is no cluster', `${HEAD}${XDS}  - text\n  -\n${TAIL}`],
  ['a document that says where it begins', `---\n${HEAD}${XDS}${TAIL}`],
  ['letters of the world', `# Grüße — 网关\n${HEAD}${XDS}${TAIL}`],
]
for (const [title, text] of layouts)
  t.test(`${title} is extended by the line`, async t => checkByLine(t, text))

// What cannot be extended by the line is written anew, and says the same.
const rewritten: readonly [string, string][] = [
  ['an empty list', 'static_resources:\n  clusters: []\nadmin: {a: b} # here\n'],
  ['a list in one line', 'static_resources:\n  clusters: [{name: a}, {name: b}]\n'],
  ['a list in some lines', 'static_resources:\n  clusters: [\n    {name: a},\n    {name: b}]\n'],
  ['a list in a record in one line', 'static_resources: {clusters: [{name: a}]}\n'],
  ['JSON', '{"static_resources": {"clusters": [{"name": "a"}]}, "node": {"id": "{{.PodName}}"}}'],
  [
    'text that looks like a comment',
    'static_resources:\n  clusters:\n  - name: a\n    x: |\n      b\n      # c\n',
  ],
]
for (const [title, text] of rewritten)
  t.test(`${title} is written anew`, async t => {
    const before = read(text)
    const after = before.with(CLUSTER)
    t.strictSame(clustersIn(after), [...before.clusters, CLUSTER])
    t.strictSame(parse(read(after).without(NAME)), parse(text))
    t.equal(before.without(NAME), text, 'what is not there costs no byte')
    const comments = (from: string) => from.match(/ # .*/g) ?? []
    t.strictSame(comments(after), comments(text), 'comments stay')
    const both = before.with(CLUSTER, sdsClusterOf('another', 1))
    t.strictSame(parse(read(both).without('another', NAME)), parse(text))
  })

const none: readonly [string, string][] = [
  ['nothing', ''],
  ['no static resources', 'admin: {}\n'],
  ['no list of clusters', 'static_resources:\n  listeners: []\n'],
  ['clusters that are no list', 'static_resources:\n  clusters: {}\n'],
  ['clusters that are null', 'static_resources:\n  clusters:\n'],
  ['text', 'static_resources'],
  ['a list', '- static_resources\n'],
  ['tabs', 'static_resources:\n\tclusters:\n\t- name: a\n'],
  ['an open quote', `${HEAD}${XDS}admin: "`],
  ['a key twice', `${HEAD}${XDS}static_resources: {}\n`],
  ['two documents', `${HEAD}${XDS}---\n${HEAD}${XDS}`],
]
for (const [title, text] of none)
  t.test(`${title} is no bootstrap to be extended`, async t =>
    t.equal(readBootstrap(text), undefined),
  )

t.test('a cluster is taken out from wherever it stands', async t => {
  const [own, a, b] = [sdsClusterOf(NAME, 1), '  - name: a\n', '  - name: b # last\n']
  const text = stringify([own]).replaceAll(/^(?=.)/gm, '  ')
  for (const [given, left] of [
    [text + a + b, a + b],
    [a + text + b, a + b],
    [a + b + text, a + b],
    [text + a + text, a],
  ])
    t.equal(read(HEAD + given + TAIL).without(NAME), HEAD + left + TAIL)
  const only = read(HEAD + text + TAIL).without(NAME)
  t.strictSame(clustersIn(only), [], 'the last one leaves an empty list')
  t.equal(read(HEAD + a + TAIL).without(), HEAD + a + TAIL)
})

t.test('a cluster of a name that is there takes its place', async t => {
  const [old, another] = [sdsClusterOf(NAME, 1), sdsClusterOf('another', 2)]
  for (const text of [HEAD + XDS + TAIL, 'static_resources: {clusters: [{name: xds_cluster}]}\n']) {
    const had = read(text).clusters
    const before = read(text).with(old, another)
    const after = read(before).with(CLUSTER)
    t.strictSame(clustersIn(after), [...had, another, CLUSTER])
    t.strictSame(parse(read(after).without('another', NAME)), parse(text))
    t.strictSame(clustersIn(read(after).with(CLUSTER)), clustersIn(after), 'again and again')
  }
  const text = HEAD + XDS + TAIL
  const after = read(read(text).with(old, another)).with(CLUSTER)
  t.equal(after, read(text).with(another, CLUSTER), 'by the line, too')
  t.equal(read(text).with(), text, 'and nothing is nothing')
})

t.test('an alias stands for what it means', async t => {
  const text = `defaults:\n  sds: &sds {name: xds_cluster}\n${HEAD}  - *sds\n${TAIL}`
  t.strictSame(clusterNames(read(text)), ['xds_cluster'])
  t.strictSame(clustersIn(read(text).with(CLUSTER)), [{ name: 'xds_cluster' }, CLUSTER])
})

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 300)
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/)
const scalar = fc.oneof(
  name,
  fc.integer(),
  fc.boolean(),
  fc.constantFrom('{{.PodName}}', '# no comment', '- x', 'a: b', '', ' x ', '0.25s', 'yes', '"'),
)
const { value: tree } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
}))
const cluster = fc.tuple(name, fc.dictionary(name, tree, { maxKeys: 3 }))
const documents = fc.record({
  clusters: fc.array(cluster, { minLength: 1, maxLength: 4 }),
  others: fc.dictionary(name, tree, { maxKeys: 3 }),
  isLast: fc.boolean(),
  indentSeq: fc.boolean(),
  indent: fc.integer({ min: 2, max: 4 }),
  comment: fc.constantFrom('', '# comment', '  # comment', '        # comment', ''),
  newLine: fc.constantFrom('\n', '\r\n'),
  end: fc.constantFrom('', '\n', '\n\n', '\n# end'),
})

/** The text of a generated bootstrap, with a comment after every line but the first. */
const print = ({
  clusters,
  others,
  isLast,
  indentSeq,
  indent,
  comment,
  newLine,
  end,
}: typeof documents extends fc.Arbitrary<infer D> ? D : never): string => {
  const list = clusters.map(([called, more]) => ({ name: called, ...more }))
  const resources = { static_resources: { clusters: list, listeners: [{ name: 'l' }] } }
  const all = isLast ? { ...others, ...resources } : { ...resources, ...others }
  const lines = stringify(all, { indent, indentSeq, lineWidth: 0 }).trimEnd().split('\n')
  const commented = comment === '' ? lines : lines.flatMap(line => [line, comment])
  return commented.join(newLine) + end.replaceAll('\n', newLine)
}

t.test('any bootstrap gets a cluster by the line, and loses it without a trace', async t => {
  let count = 0
  const property = fc.property(documents, document => {
    const text = print(document)
    const before = read(text)
    const after = before.with(CLUSTER)
    const isExtended = addedLines(text, after) !== undefined
    const isRestored = read(after).without(NAME) === text
    const { static_resources, ...rest } = parse(after) as Parsed
    const { static_resources: had, ...others } = parse(text) as Parsed
    const expected = {
      ...others,
      static_resources: { ...had, clusters: [...had.clusters, CLUSTER] },
    }
    count += 1
    return (
      isExtended &&
      isRestored &&
      JSON.stringify({ ...rest, static_resources }) === JSON.stringify(expected)
    )
  })
  fc.assert(property, { numRuns: RUNS })
  t.equal(count, RUNS)
})

t.test('a text beyond all measure is not even looked at', async t => {
  const long = `${HEAD}${XDS}# ${'x'.repeat(128 * 1024)}\n`
  t.equal(readBootstrap(long), undefined)
})
