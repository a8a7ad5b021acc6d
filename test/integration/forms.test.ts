import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KubeConfig, type KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node'
import { t } from 'tap'
import { factsOf, parseConfiguration } from '../../src/config/configuration.ts'
import { podSpecOf } from '../../src/core/additions.ts'
import type { Write } from '../../src/core/decision.ts'
import { fieldAt, isRecord, items, textAt, withValue } from '../../src/core/json.ts'
import type { Mode } from '../../src/core/matrix.ts'
import { withSeen } from '../../src/core/observe.ts'
import { inject, uninject } from '../../src/core/review.ts'
import type { Facts, JsonObject } from '../../src/core/types.ts'
import { readBootstrap } from '../../src/envoy/bootstrap.ts'
import { must } from '../demo/stage.ts'
import { factsOn, mesh, requestOf } from '../harness/build.ts'
import { isKnown, objectsIn } from '../harness/manifests.ts'
import { ENVOY, gatewayProxy } from '../harness/workloads.ts'
import { startControlPlane } from '../parts/control-plane.ts'
import { skipUnless } from '../parts/parts.ts'

// What each cell of the matrix writes, put before a real API server with Gloo's own schemas: it is
// taken, nothing of it is pruned, and what comes back, defaults and all, is recognised as ours.
const CORPUS = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))
const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url))
const skip = skipUnless('kubernetes', 'kubectl')
const noSchemas = existsSync(CORPUS) ? false : `no schemas of Gloo at ${CORPUS}`

const cells = readdirSync(GOLDEN).filter(name =>
  /^(cell|coexist|proxy|two|image|upstream-with-sni)/.test(name),
)

const factsOfCell = (cell: string, objects: readonly JsonObject[]): Facts => {
  const parsed = parseConfiguration(readFileSync(join(GOLDEN, cell, 'config.yaml'), 'utf8'))
  if ('violations' in parsed) throw new TypeError(JSON.stringify(parsed.violations))
  return withSeen(factsOf(parsed.configuration, readBootstrap), objects)
}

/** The schema of Gloo's Upstreams in the release nearest to a cell; older ones have none. */
const schemaFor = (objects: readonly JsonObject[], { gloo }: Facts): string => {
  const isOld = objects.some(object => isRecord(object['spec']) && 'upstreamSpec' in object['spec'])
  if (isOld) return 'v0.13.13'
  return /^1\.(1[3-9]|2)/.test(gloo.version ?? '') ? 'v1.22.1' : 'v1.12.59'
}

/** The API server of today takes no apiextensions.k8s.io/v1beta1, which Gloo wrote until 1.5. */
const asV1 = (crd: JsonObject): JsonObject => {
  if (textAt(crd, 'apiVersion') === 'apiextensions.k8s.io/v1') return crd
  const {
    version: _,
    versions: __,
    additionalPrinterColumns: ___,
    ...spec
  } = crd['spec'] as JsonObject
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const v1 = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }
  return {
    ...crd,
    apiVersion: 'apiextensions.k8s.io/v1',
    spec: { scope: 'Namespaced', ...spec, versions: [v1] },
  }
}

/** Deployments of today are apps/v1; what Gloo 0.13 writes is the same otherwise. */
const asServed = (object: JsonObject): JsonObject =>
  textAt(object, 'apiVersion') === 'extensions/v1beta1'
    ? { ...object, apiVersion: 'apps/v1' }
    : object

/** What of `wanted` is not in `found`, by path; lists hold what was written in its order. */
const lost = (wanted: unknown, found: unknown, path = ''): string[] => {
  if (isRecord(wanted))
    return Object.entries(wanted).flatMap(([key, value]) =>
      lost(value, isRecord(found) ? found[key] : undefined, `${path}.${key}`),
    )
  if (Array.isArray(wanted))
    return wanted.flatMap((value, index) => lost(value, items(found)[index], `${path}[${index}]`))
  return wanted === found || (wanted === '' && found === undefined) ? [] : [path]
}

/** A proxy that does all that PodSecurity asks of it, and so stands in nobody's way. */
const restrictedProxy = (version: string): JsonObject =>
  gatewayProxy({
    containers: [
      {
        ...ENVOY,
        image: `example.com/gloo-envoy-wrapper:${version}`,
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
    podSpec: {
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_101,
        fsGroup: 10_101,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    },
  })

/** What the API server counts, stamps and fills in says nothing here. */
const withoutBookkeeping = (object: JsonObject): JsonObject => {
  const { name, namespace, labels, annotations } = object['metadata'] as JsonObject
  const bare = { ...object, metadata: { name, namespace, labels, annotations }, status: undefined }
  const context = 'spec.template.spec.securityContext'.split('.')
  const isEmpty = JSON.stringify(fieldAt(bare, ...context)) === '{}'
  const left = isEmpty ? withValue(bare, context, undefined) : bare
  return JSON.parse(JSON.stringify(left)) as JsonObject
}

if (skip !== false) t.test('the forms on a real API server', { skip }, async () => {})
else {
  const dir = mkdtempSync(join(tmpdir(), 'gloo-istio-forms-'))
  const controlPlane = await startControlPlane({ dir })
  t.teardown(async () => {
    await controlPlane.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  const kubectl = (...args: string[]) => must(controlPlane, ...args)
  await kubectl('create', 'namespace', 'gloo-system')

  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(controlPlane.kubeconfig)
  const api = KubernetesObjectApi.makeApiClient(kubeConfig)

  /** The object as the API server would store it. */
  const store = async (object: JsonObject): Promise<JsonObject> => {
    const stored = await api.create(object as KubernetesObject, undefined, 'All')
    return JSON.parse(JSON.stringify(stored)) as JsonObject
  }

  let schema = ''
  const useSchema = async (version: string) => {
    if (version === schema) return
    schema = version
    const file = join(dir, 'crd.json')
    const crds = objectsIn(readFileSync(join(CORPUS, version, 'crd-upstreams.yaml'), 'utf8'))
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: crds.map(asV1) }))
    await kubectl('delete', 'crd', 'upstreams.gloo.solo.io', '--ignore-not-found', '--wait=true')
    await kubectl('create', '-f', file)
    await untilServed(kubectl)
  }

  const cases = cells.map(cell => {
    const objects = objectsIn(readFileSync(join(GOLDEN, cell, 'input.yaml'), 'utf8'))
    const facts = factsOfCell(cell, objects)
    return { cell, objects, facts, version: schemaFor(objects, facts) }
  })
  // One schema after the other: to change it takes longer than all else.
  const inOrder = cases.toSorted((a, b) => a.version.localeCompare(b.version))
  for (const { cell, objects, facts, version } of inOrder)
    t.test(
      `${cell.replaceAll('-', ' ')}, with the schema of ${version}`,
      { skip: noSchemas },
      async t => {
        await useSchema(version)
        for (const object of objects.filter(isKnown).map(asServed)) {
          const before = await store(object)
          const made = inject(requestOf(object), facts).object
          const after = await store(made)
          t.strictSame(lost(made, after), [], 'nothing is pruned or changed')
          t.strictSame(inject(requestOf(after), facts).patch, [], 'it is recognised')
          const back = uninject(requestOf(after) as Write, facts).object
          t.strictSame(
            withoutBookkeeping(back),
            withoutBookkeeping(before),
            'and goes without a trace',
          )
        }
      },
    )

  // mode | Gloo | Istio | the strictest level of PodSecurity that lets its pods in
  const levels: readonly [Mode, string, string, string][] = [
    ['citadel-files', '1.4.0', '1.4.10', 'restricted'],
    ['citadel-sds', '1.22.1', '1.4.10', 'restricted'],
    ['istio-agent', '1.22.1', '1.22.3', 'restricted'],
    ['istio-agent', '1.12.4', '1.10.6', 'restricted'],
    ['agent-socket', '1.22.1', '1.22.3', 'restricted'],
    ['node-agent-sds', '1.4.0', '1.3.8', 'privileged'],
  ]
  t.test(
    'pods with what a mode adds pass PodSecurity at its strictest, where they can',
    async t => {
      for (const level of ['restricted', 'baseline', 'privileged']) {
        await kubectl('create', 'namespace', level)
        await kubectl('label', 'namespace', level, `pod-security.kubernetes.io/enforce=${level}`)
        await kubectl('create', 'serviceaccount', 'default', '-n', level)
      }
      for (const [mode, gloo, istioVersion, strictest] of levels) {
        const facts = factsOn(gloo, mesh('istio-system.istio', { istioVersion, mode }))
        const { object } = inject(requestOf(restrictedProxy(gloo)), facts)
        const pod = podSpecOf(object)
        const isLetIn = async (namespace: string) =>
          store({
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'p', namespace },
            spec: pod,
          }).then(
            () => true,
            (error: unknown) => {
              t.match(String(error), /violates PodSecurity/)
              return false
            },
          )
        const levelsOf = {
          restricted: strictest === 'restricted',
          baseline: strictest === 'restricted',
        }
        for (const [level, expected] of Object.entries({ ...levelsOf, privileged: true }))
          t.equal(await isLetIn(level), expected, `${mode} with Istio ${istioVersion}: ${level}`)
      }
    },
  )
}

/** A schema is established a moment before its objects are served. */
async function untilServed(kubectl: (...args: string[]) => Promise<string>) {
  for (let tries = 0; tries < 100; tries++) {
    const asked = [
      ['wait', '--for=condition=Established', 'crd/upstreams.gloo.solo.io'],
      ['get', 'upstreams.gloo.solo.io', '-A'],
    ].map(args => kubectl(...args))
    const answers = await Promise.allSettled(asked)
    if (answers.every(({ status }) => status === 'fulfilled')) return
  }
  throw new Error('the API server does not serve Upstreams')
}
