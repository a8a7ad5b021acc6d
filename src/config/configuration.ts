import { isNode, LineCounter, parseDocument } from 'yaml'
import * as z from 'zod'
import type { ReadBootstrap } from '../core/bootstrap.ts'
import { meshesOf } from '../core/detected-meshes.ts'
import { sdsPortOf } from '../core/form.ts'
import { field, items } from '../core/json.ts'
import { MODE_NAMES } from '../core/matrix.ts'
import {
  ADDRESS_PATTERN,
  formatMeshRef,
  NAME_PATTERN,
  NAMESPACE_PATTERN,
  parseMeshRef,
} from '../core/mesh.ts'
import type { Facts } from '../core/types.ts'
import type { Violation } from './violations.ts'
import { readYaml } from './yaml.ts'

export const API_VERSION = 'gloo-istio.io/v1alpha1'

// No "..", ":" or trailing slash: the kubelet refuses or rewrites such mount paths.
const MOUNT_ROOT_PATTERN = /^(?!.*\/\.{1,2}(\/|$))(\/[A-Za-z0-9._-]+)+$/

const VERSION_PATTERN = /^v?\d+\.\d+(\.\d+)?([-+].*)?$/
const IMAGE_PATTERN = /^[a-z0-9][^\s]*$/

const mesh = z.strictObject({
  namespace: z
    .string()
    .regex(NAMESPACE_PATTERN, 'expected a DNS label, for instance istio-system')
    .describe('Namespace of the mesh, the first half of its reference.'),
  name: z
    .string()
    .regex(NAME_PATTERN, 'expected a DNS name, for instance istio')
    .describe('Name of the mesh, the second half of its reference.'),
  istioVersion: z
    .string()
    .regex(VERSION_PATTERN, 'expected a quoted version, for instance "1.0.6"')
    .optional()
    .describe('Version of its Istio, with the patch where a sidecar is injected: "1.22.3".'),
  istioNamespace: z
    .string()
    .regex(NAMESPACE_PATTERN, 'expected a DNS label, for instance istio-system')
    .default('istio-system')
    .describe('Namespace of its control plane.'),
  trustDomain: z
    .string()
    .regex(NAME_PATTERN, 'expected a DNS name, for instance cluster.local')
    .optional()
    .describe(
      'Trust domain of the SPIFFE names that it issues. Not given: what its control plane says, else cluster.local.',
    ),
  rootNamespace: z
    .string()
    .regex(NAMESPACE_PATTERN, 'expected a DNS label, for instance istio-system')
    .optional()
    .describe('Namespace of its mesh-wide policies. Not given: istioNamespace.'),
  mode: z
    .enum(['auto', ...MODE_NAMES])
    .default('auto')
    .describe('How the gateway gets its certificates. auto takes what fits the versions.'),
  discoveryAddress: z
    .string()
    .regex(ADDRESS_PATTERN, 'expected <host>:<port>')
    .optional()
    .describe(
      'Where its istiod is found. Not given: istiod[-<revision>].<istioNamespace>.svc:15012.',
    ),
  revision: z
    .string()
    .regex(NAMESPACE_PATTERN, 'expected a DNS label, for instance 1-22')
    .optional()
    .describe('Revision of its istiod. Not given: the one without a revision.'),
  meshId: z
    .string()
    .min(1, 'expected an ID')
    .optional()
    .describe('Mesh ID that its sidecars report. Not given: the trust domain.'),
  clusterId: z
    .string()
    .min(1, 'expected an ID')
    .optional()
    .describe('Cluster ID that its istiod knows this cluster by. Not given: Kubernetes.'),
  jwtPolicy: z
    .enum(['third-party-jwt', 'first-party-jwt'])
    .optional()
    .describe('Token that its Istio takes. Not given: what this Istio does by default.'),
  proxyImage: z
    .string()
    .regex(IMAGE_PATTERN, 'expected an image')
    .optional()
    .describe('Image of istio-proxy. Not given: docker.io/istio/proxyv2:<istioVersion>.'),
  sdsPort: z
    .int()
    .min(1024, 'expected a port from 1024')
    .max(65_535, 'expected a port up to 65535')
    .optional()
    .describe('Port of its sds container on 127.0.0.1. Not given: 8234, 8235 for the second, …'),
})

const gloo = z.strictObject({
  version: z
    .string()
    .regex(VERSION_PATTERN, 'expected a quoted version, for instance "1.17.3"')
    .optional()
    .describe('Version of Gloo, open source, with its patch. Upstreams are written for it.'),
  sdsImage: z
    .string()
    .regex(IMAGE_PATTERN, 'expected an image')
    .optional()
    .describe('Image of the container sds. Not given: the one beside the proxy\u2019s own image.'),
  bootstrapCluster: z
    .boolean()
    .default(false)
    .describe(
      'Say true once every proxy runs with the cluster gateway_proxy_sds in its bootstrap. Gloo before 1.12.4 needs it for sds.',
    ),
  autoMtls: z
    .enum(['disabled', 'enabled', 'overridden'])
    .default('disabled')
    .describe('Gloo\u2019s own auto-mTLS. enabled: stand back. overridden: it is on, replace it.'),
  sidecarOnGateway: z
    .boolean()
    .default(false)
    .describe('Whether Istio injects a whole sidecar into the gateway. Then nothing is added.'),
})

const configuration = z.strictObject({
  apiVersion: z.literal(API_VERSION).describe('Version of this file.'),
  kind: z.literal('Configuration').describe('Kind of this file.'),
  stage: z
    .enum(['observe', 'warn', 'inject'])
    .default('inject')
    .describe(
      'How far it goes. observe: decides, logs and counts, and changes nothing. warn: that, and kubectl is warned of what would be done. inject: does it.',
    ),
  mountRoot: z
    .string()
    .regex(MOUNT_ROOT_PATTERN, 'expected an absolute path without "..", ":" or a last slash')
    .default('/etc/certs')
    .describe('Folder in the gateway-proxy: certificates go to <mountRoot>/<namespace>/<name>.'),
  clusterDomain: z
    .string()
    .regex(NAME_PATTERN, 'expected a DNS name, for instance cluster.local')
    .default('cluster.local')
    .describe('Domain of in-cluster names, as static Upstreams spell them.'),
  istioNamespaces: z
    .array(z.string().regex(NAMESPACE_PATTERN, 'expected a DNS label, for instance istio-system'))
    .default(['istio-system'])
    .describe(
      'Namespaces where control planes of Istio are looked for. Whoever may create Deployments there decides what runs beside the gateway.',
    ),
  gloo: gloo.prefault({}).describe('The Gloo that serves the Upstreams.'),
  selection: z
    .enum(['off', 'labelled', 'mesh-members', 'all'])
    .default('labelled')
    .describe(
      'Upstreams that no annotation selects. off: none. labelled: those of namespaces labelled gloo-istio.io/mtls. mesh-members: these, and what leads to a Service with sidecars. all: every Upstream that leads to a Service.',
    ),
  verifyIdentity: z
    .boolean()
    .default(false)
    .describe(
      'Whether only the SPIFFE names of the ServiceAccounts behind a Service are accepted, not any of the mesh.',
    ),
  defaultMesh: z
    .string()
    .refine(text => parseMeshRef(text) !== undefined, 'expected <namespace>.<name>')
    .optional()
    .describe('Mesh of an Upstream without gloo-istio.io/mesh. Not needed with one mesh.'),
  meshes: z.array(mesh).default([]).describe('The meshes whose certificates gateways may use.'),
})

export type Configuration = z.infer<typeof configuration>

/** What holds where there is no file: every default, and no mesh. */
export const defaultConfiguration = (): Configuration =>
  configuration.parse({ apiVersion: API_VERSION, kind: 'Configuration' })

/** The published schema: what an editor needs to complete and check the file. */
export const configurationSchema = () => z.toJSONSchema(configuration, { io: 'input' })

export type Parsed =
  | { readonly configuration: Configuration }
  | { readonly violations: readonly [Violation, ...Violation[]] }

type Path = readonly (string | number)[]
interface Issue {
  readonly path: Path
  readonly message: string
}

/** Reads a configuration file. All that is wrong with it is reported at once, by path and line. */
export const parseConfiguration = (text: string): Parsed => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const syntax = document.errors.map(({ message, pos }) => ({
    path: '',
    line: lines.linePos(pos[0]).line,
    message,
  }))
  if (isNonEmpty(syntax)) return { violations: syntax }
  const raw: unknown = document.toJS()
  const result = configuration.safeParse(raw)
  const locate = ({ path, message }: Issue): Violation => {
    const start = nearestOffset(path, at => document.getIn(at, true))
    return { path: formatPath(path), line: lines.linePos(start).line, message }
  }
  const violations = [...schemaIssues(result.error, raw), ...crossIssues(raw)]
    .map(locate)
    .toSorted((a, b) => a.line - b.line)
  if (isNonEmpty(violations)) return { violations }
  if (!result.success) throw new TypeError('a schema failed without an issue')
  return { configuration: result.data }
}

/** The facts that the file tells; `readBootstrap` is lent to the core along with them. */
export const factsOf = (
  {
    stage,
    mountRoot,
    clusterDomain,
    selection,
    verifyIdentity,
    istioNamespaces,
    defaultMesh,
    meshes,
    gloo,
  }: Configuration,
  readBootstrap: ReadBootstrap,
): Facts => ({
  stage,
  mountRoot,
  clusterDomain,
  defaultMesh: parseMeshRef(defaultMesh),
  meshes: meshesOf(meshes, []),
  meshesAreTold: true,
  istioNamespaces,
  gloo,
  glooSeen: {},
  selection,
  verifyIdentity,
  snapshot: undefined,
  isLive: false,
  isSynced: true,
  isStale: false,
  readYaml,
  readBootstrap,
})

const schemaIssues = (error: z.ZodError | undefined, raw: unknown): readonly Issue[] =>
  (error?.issues ?? []).flatMap(issue => {
    const path = issue.path.filter(key => typeof key !== 'symbol')
    if (issue.code !== 'unrecognized_keys') return [{ path, message: wordingOf(issue, raw) }]
    return issue.keys.map(key => ({ path: [...path, key], message: 'unknown field: remove it' }))
  })

const wordingOf = (issue: z.core.$ZodIssue, raw: unknown): string => {
  const value = issue.path.reduce<unknown>((at, key) => Reflect.get(Object(at), key), raw)
  if (value === undefined) return 'missing: it is required'
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.map(allowed => JSON.stringify(allowed)).join(' or ')}`
  if (issue.code !== 'invalid_type') return issue.message
  const quotes =
    issue.expected === 'string' && typeof value !== 'object' ? ': put it in quotes' : ''
  return `expected ${issue.expected}${quotes}`
}

/** What no single field can tell. Looks at the raw file, so that it runs beside other violations. */
const crossIssues = (raw: unknown): readonly Issue[] => {
  const refs = items(field(raw, 'meshes')).map(entry => {
    const [namespace, name] = [field(entry, 'namespace'), field(entry, 'name')]
    return isString(namespace) && isString(name) ? formatMeshRef({ namespace, name }) : undefined
  })
  const repeated = refs.flatMap((ref, index): Issue[] => {
    if (ref === undefined) return []
    const first = refs.indexOf(ref)
    const message = `mesh ${ref} stands already in meshes[${first}]: remove one`
    return first < index ? [{ path: ['meshes', index], message }] : []
  })
  const all = [...repeated, ...portIssues(items(field(raw, 'meshes')))]
  const named = parseMeshRef(field(raw, 'defaultMesh'))
  if (named === undefined || refs.includes(formatMeshRef(named))) return all
  const message = `mesh ${formatMeshRef(named)} is not in meshes: add it there`
  return [...all, { path: ['defaultMesh'], message }]
}

/** Two containers of one pod cannot listen on one port. */
const portIssues = (meshes: readonly unknown[]): readonly Issue[] => {
  const told = meshes.map(entry => field(entry, 'sdsPort'))
  const ports = told.map((port, slot) =>
    sdsPortOf(slot, typeof port === 'number' ? port : undefined),
  )
  return ports.flatMap((port, index): Issue[] => {
    const first = ports.indexOf(port)
    const message = `sds port ${port} is that of meshes[${first}] already: give another sdsPort`
    return first < index ? [{ path: ['meshes', index], message }] : []
  })
}

const isString = (value: unknown) => typeof value === 'string'

const formatPath = (path: Path) =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? key : `${text}.${key}`
  }, '')

/** Where a field begins, or the nearest one around it that is in the file. */
const nearestOffset = (path: Path, nodeAt: (path: Path) => unknown): number => {
  const node = nodeAt(path)
  if (isNode(node) && node.range) return node.range[0]
  return path.length === 0 ? 0 : nearestOffset(path.slice(0, -1), nodeAt)
}

const isNonEmpty = <T>(list: readonly T[]): list is readonly [T, ...T[]] => list.length > 0
