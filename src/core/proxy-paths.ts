import type { Form } from './form.ts'
import { has } from './matrix.ts'
import type { JwtPolicy } from './types.ts'

/** Folder of the node agent's socket, on the node and in the proxy (istio@1.1.0:security/cmd/node_agent_k8s/main.go). */
export const NODE_AGENT_FOLDER = '/var/run/sds'
export const NODE_AGENT_SOCKET = `${NODE_AGENT_FOLDER}/uds_path`

/** Folder of a token made for Istio (istio@1.3.0:install/kubernetes/helm/istio/files/injection-template.yaml). */
export const TOKEN_FOLDER = '/var/run/secrets/tokens'
const PLAIN_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Folder where the sds container looks for certificates (gloo@v1.5.0:projects/sds/pkg/run). */
export const SDS_FOLDER = '/etc/istio-certs/'

/** Folder of the agent's own socket (istio@1.14.0:pkg/security/security.go). */
export const AGENT_SOCKET_FOLDER = '/var/run/secrets/workload-spiffe-uds'

/** Folder in Envoy's container of the agent's socket: each mesh after the first has its own. */
export const agentSocketFolderOf = ({ slot }: Form): string =>
  slot === 0 ? AGENT_SOCKET_FOLDER : `${AGENT_SOCKET_FOLDER}-${slot + 1}`

export const agentSocketOf = (form: Form): string => `${agentSocketFolderOf(form)}/socket`

/** Which token Istio wants: told, or what this Istio does by default. */
export const jwtPolicyOf = ({ mesh, pair }: Form): JwtPolicy =>
  mesh.jwtPolicy ?? (has('first-party-token', pair) ? 'first-party-jwt' : 'third-party-jwt')

/**
 * Audience of a token made for Istio: its own name, but the trust domain in 1.1 and 1.2
 * (istio@1.1.0:install/kubernetes/helm/istio/files/injection-template.yaml).
 */
export const audienceOf = ({ mesh, pair }: Form): string =>
  has('first-party-token', pair) ? mesh.trustDomain : 'istio-ca'

/** Whether a token made for Istio is to be mounted; the plain one is there anyway. */
export const needsToken = (form: Form): boolean => jwtPolicyOf(form) === 'third-party-jwt'

export const tokenFileOf = (form: Form): string =>
  needsToken(form) ? `${TOKEN_FOLDER}/istio-token` : PLAIN_TOKEN
