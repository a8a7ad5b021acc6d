import { sslFilesOf } from './certificate-paths.ts'
import { canonical } from './fingerprint.ts'
import { type Form, sidecarNames } from './form.ts'
import { isRecord, isSet } from './json.ts'
import { has } from './matrix.ts'
import { agentSocketOf, NODE_AGENT_SOCKET, tokenFileOf } from './proxy-paths.ts'
import { remembered } from './remembered.ts'
import type { JsonObject } from './types.ts'

/** What an Upstream asks for beside certificates, by annotation. */
export interface Asked {
  readonly sni?: string
  readonly subjectAltNames?: readonly string[]
}

/** The `sslConfig` of a form, in the words of its Gloo; the same object for as long as nothing is asked for beside. */
export const sslConfigOf = (form: Form, mountRoot: string, asked: Asked = {}): JsonObject => {
  const plain = plainOf(form, mountRoot)
  if (asked.sni === undefined && asked.subjectAltNames === undefined) return plain
  return {
    ...plain,
    ...(asked.sni !== undefined && { sni: asked.sni }),
    ...(asked.subjectAltNames && { verifySubjectAltName: asked.subjectAltNames }),
  }
}

const plainOf = remembered(
  (form: Form, mountRoot: string): JsonObject => ({
    ...(has('alpn', form.pair) && { alpnProtocols: ['istio'] }),
    ...certificatesOf(form, mountRoot),
  }),
)

const certificatesOf = (form: Form, mountRoot: string): JsonObject => {
  switch (form.mode) {
    case 'citadel-files':
      return { sslFiles: sslFilesOf(mountRoot, form.mesh) }
    case 'node-agent-sds':
      return { sds: nodeAgent(form) }
    case 'citadel-sds':
    case 'istio-agent':
      return { sds: sidecar(form) }
    case 'agent-socket':
      return { sds: { ...ISTIO_NAMES, targetUri: `unix:${agentSocketOf(form)}` } }
    default:
      return form.mode satisfies never
  }
}

/** Names under which Istio's own SDS servers have them (istio@1.1.0:security/pkg/nodeagent/sds/sdsservice.go). */
const ISTIO_NAMES = { certificatesSecretName: 'default', validationContextName: 'ROOTCA' }

const nodeAgent = (form: Form): JsonObject => ({
  ...ISTIO_NAMES,
  targetUri: `unix:${NODE_AGENT_SOCKET}`,
  callCredentials: {
    fileCredentialSource: {
      header: has('misspelt-token-header', form.pair)
        ? 'istio_sds_credentail_header-bin'
        : 'istio_sds_credentials_header-bin',
      tokenFileName: tokenFileOf(form),
    },
  },
})

const sidecar = (form: Form): JsonObject => {
  const { certificate, validation, port, cluster } = sidecarNames(form)
  return {
    certificatesSecretName: certificate,
    validationContextName: validation,
    targetUri: `127.0.0.1:${port}`,
    ...(needsBootstrapCluster(form) && { clusterName: cluster }),
  }
}

/** The same by way of the cluster in the bootstrap, which newer versions of Gloo take as well. */
export const byCluster = (form: Form, sslConfig: JsonObject): JsonObject => {
  const { sds } = sslConfig
  if (!isRecord(sds) || !hasSdsContainer(form)) return sslConfig
  return { ...sslConfig, sds: { ...sds, clusterName: sidecarNames(form).cluster } }
}

/** Whether Envoy must have the cluster of the sds container in its bootstrap. */
export const needsBootstrapCluster = (form: Form): boolean =>
  hasSdsContainer(form) && !has('sds-by-address', form.pair)

const hasSdsContainer = ({ mode }: Form): boolean =>
  mode === 'citadel-sds' || mode === 'istio-agent'

/** Whether workloads that also take plain text will know this for mutual TLS. */
export const sendsAlpn = ({ mode, pair }: Form): boolean =>
  has('alpn', pair) && (mode === 'citadel-files' || has('alpn-over-sds', pair))

/** Gloo reads the proto's snake_case too; both spellings of one `sslConfig` are the same text. */
export const canonicalSslConfig = (sslConfig: unknown): string => canonical(inCamelCase(sslConfig))

export const inCamelCase = (value: unknown): unknown => {
  if (!isRecord(value)) return value
  const entries = Object.entries(value).filter(([, found]) => isSet(found))
  return Object.fromEntries(entries.map(([key, found]) => [camelCase(key), inCamelCase(found)]))
}

const camelCase = (key: string) =>
  key.includes('_')
    ? key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    : key
