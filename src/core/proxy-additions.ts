import type { Addition } from './additions.ts'
import { certificateFolder, volumeNameOf } from './certificate-paths.ts'
import { type Form, sidecarNames } from './form.ts'
import { has } from './matrix.ts'
import type { GatewayProxy } from './proxy.ts'
import {
  agentSocketFolderOf,
  audienceOf,
  NODE_AGENT_FOLDER,
  needsToken,
  SDS_FOLDER,
  TOKEN_FOLDER,
} from './proxy-paths.ts'
import { rememberedOfEach } from './remembered.ts'
import { agentContainer, mountOf, type Purpose, sdsContainer, sidecarUser } from './sidecars.ts'
import type { JsonObject } from './types.ts'

/** Proxies whose additions are kept for a form, and characters of what tells one of them: few have as many. */
const KNOWN_MAX = 100
const TOLD_MAX = 4096
const knownFor = rememberedOfEach((_form: Form) => new Map<string, readonly Addition[]>())

/** All that a proxy gets for a form; of the same proxy the same list, for to work it out takes a fifth of a review. */
export const additionsOf = (
  form: Form,
  proxy: GatewayProxy,
  mountRoot: string,
): readonly Addition[] => {
  const known = knownFor(form)
  const told = JSON.stringify([proxy, mountRoot])
  const before = known.get(told)
  if (before !== undefined) return before
  const found = workOut(form, proxy, mountRoot)
  if (told.length > TOLD_MAX) return found
  if (known.size >= KNOWN_MAX) known.clear()
  known.set(told, found)
  return found
}

const workOut = (form: Form, proxy: GatewayProxy, mountRoot: string): readonly Addition[] => {
  switch (form.mode) {
    case 'citadel-files':
      return citadelFiles(form, proxy, mountRoot)
    case 'node-agent-sds':
      return nodeAgent(form, proxy)
    case 'citadel-sds':
      return citadelSds(form, proxy)
    case 'istio-agent':
      return istioAgent(form, proxy)
    case 'agent-socket':
      return agentSocket(form, proxy)
    default:
      return form.mode satisfies never
  }
}

const volume = (form: Form, purpose: Purpose, source: JsonObject): Addition => {
  const name = volumeNameOf(form.mesh, purpose)
  return { path: `volumes[${name}]`, value: { name, ...source } }
}

const mount = (
  container: string,
  form: Form,
  purpose: Purpose,
  mountPath: string,
  isReadOnly: boolean,
): Addition => ({
  path: `containers[${container}].volumeMounts[${mountPath}]`,
  value: mountOf(form, purpose, mountPath, isReadOnly),
})

/** The Secret is optional so that the gateway starts, and serves all else, before Citadel wrote it. */
const citadelFiles = (form: Form, proxy: GatewayProxy, mountRoot: string): readonly Addition[] => [
  volume(form, '', { secret: { secretName: proxy.secret, optional: true, defaultMode: 0o644 } }),
  mount(proxy.container, form, '', certificateFolder(mountRoot, form.mesh), true),
]

const nodeAgent = (form: Form, proxy: GatewayProxy): readonly Addition[] => [
  volume(form, 'sds', { hostPath: { path: NODE_AGENT_FOLDER, type: '' } }),
  mount(proxy.container, form, 'sds', NODE_AGENT_FOLDER, true),
  ...(needsToken(form)
    ? [
        tokenVolume(form),
        mount(proxy.container, form, 'token', TOKEN_FOLDER, true),
        ...fsGroup(proxy, proxy.user),
      ]
    : []),
]

/** The Secret is not optional here: the pod waits for Citadel, where sds would end again and again. */
const citadelSds = (form: Form, proxy: GatewayProxy): readonly Addition[] => [
  volume(form, 'certs', { secret: { secretName: proxy.secret, defaultMode: 0o644 } }),
  ...sds(form, proxy, true),
]

const istioAgent = (form: Form, proxy: GatewayProxy): readonly Addition[] => [
  volume(form, 'certs', MEMORY),
  ...agentVolumes(form, proxy),
  ...sds(form, proxy, false),
  agent(form, proxy),
]

const agentSocket = (form: Form, proxy: GatewayProxy): readonly Addition[] => [
  ...agentVolumes(form, proxy),
  mount(proxy.container, form, 'uds', agentSocketFolderOf(form), true),
  agent(form, proxy),
]

const agent = (form: Form, proxy: GatewayProxy): Addition => {
  const container = agentContainer(form, proxy)
  return { path: `containers[${container.name}]`, value: container }
}

/** A container of its own or, with Gloo's own mTLS, the one that is there: two would share its port. */
const sds = (form: Form, proxy: GatewayProxy, isReadOnly: boolean): readonly Addition[] => {
  const { sds: name } = sidecarNames(form)
  if (form.slot > 0 || proxy.glooSds === undefined)
    return [{ path: `containers[${name}]`, value: sdsContainer(form, proxy, isReadOnly) }]
  const variable = { name: 'ISTIO_MTLS_SDS_ENABLED', value: 'true' }
  return [
    { path: `containers[${name}].env[${variable.name}]`, value: variable },
    mount(name, form, 'certs', SDS_FOLDER, isReadOnly),
  ]
}

const MEMORY = { emptyDir: { medium: 'Memory' } }

const agentVolumes = (form: Form, proxy: GatewayProxy): readonly Addition[] => [
  volume(form, 'ca', { configMap: { name: 'istio-ca-root-cert', defaultMode: 0o644 } }),
  volume(form, 'envoy', MEMORY),
  ...(needsToken(form) ? [tokenVolume(form), ...fsGroup(proxy, sidecarUser(proxy))] : []),
  ...(has('workload-socket', form.pair)
    ? (['cred', 'uds', 'keys'] as const).map(purpose => volume(form, purpose, { emptyDir: {} }))
    : []),
]

/** As Istio's injector writes it (istio@1.4.10:install/kubernetes/helm/istio/files/injection-template.yaml). */
const tokenVolume = (form: Form): Addition =>
  volume(form, 'token', {
    projected: {
      defaultMode: 0o644,
      sources: [
        {
          serviceAccountToken: {
            audience: audienceOf(form),
            expirationSeconds: 43_200,
            path: 'istio-token',
          },
        },
      ],
    },
  })

/** A projected token belongs to root: without fsGroup nobody else may read it (Gloo sets one from 1.4.0). */
const fsGroup = ({ hasFsGroup }: GatewayProxy, user: number | undefined): readonly Addition[] =>
  hasFsGroup || !user ? [] : [{ path: 'securityContext.fsGroup', value: user }]
