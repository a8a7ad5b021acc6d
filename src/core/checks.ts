import type { CheckGroup, GroupResult } from './check.ts'
import { AUTHORITY_CHECKS } from './check-authority.ts'
import { BUNDLE_CHECKS } from './check-bundle.ts'
import { FOREIGN_CHECKS } from './check-foreign.ts'
import { GLOO_CHECKS } from './check-gloo.ts'
import { GLOO_MTLS_CHECKS } from './check-gloo-mtls.ts'
import { GLOO_VERSION_CHECKS } from './check-gloo-version.ts'
import { INSTALL_CHECKS } from './check-install.ts'
import { CONTROL_PLANE_CHECKS } from './check-istio.ts'
import { KUBERNETES_CHECKS, unreachable } from './check-kubernetes.ts'
import { MATERIAL_CHECKS } from './check-material.ts'
import { MESH_CHECKS } from './check-meshes.ts'
import { OTHER_WEBHOOK_CHECKS } from './check-other-webhooks.ts'
import { POLICY_CHECKS } from './check-policies.ts'
import { PROXY_CHECKS } from './check-proxies.ts'
import { RELEASE_CHECKS } from './check-release.ts'
import { RUNNING_CHECKS } from './check-running.ts'
import { SUPPLY_CHECKS } from './check-supply.ts'
import { UPSTREAM_CHECKS } from './check-upstreams.ts'
import { WEBHOOK_CHECKS } from './check-webhook.ts'
import { WEBHOOK_SCOPE_CHECKS } from './check-webhook-scope.ts'

const kubernetes: CheckGroup = {
  name: 'kubernetes',
  title: 'Kubernetes API',
  checks: KUBERNETES_CHECKS,
}

/** Every check there is, in the order of the report: what is further down depends on what is above. */
export const CHECK_GROUPS: readonly CheckGroup[] = [
  kubernetes,
  { name: 'install', title: 'Installation', checks: INSTALL_CHECKS },
  { name: 'release', title: 'gloo-istio', checks: [...RELEASE_CHECKS, ...RUNNING_CHECKS] },
  {
    name: 'webhook',
    title: 'Webhook',
    checks: [...WEBHOOK_CHECKS, ...WEBHOOK_SCOPE_CHECKS, ...OTHER_WEBHOOK_CHECKS],
  },
  {
    name: 'certificates',
    title: 'Certificates of the webhook',
    checks: [...BUNDLE_CHECKS, ...AUTHORITY_CHECKS],
  },
  {
    name: 'gloo',
    title: 'Gloo',
    checks: [...GLOO_CHECKS, ...GLOO_VERSION_CHECKS, ...GLOO_MTLS_CHECKS],
  },
  {
    name: 'istio',
    title: 'Istio',
    checks: [...CONTROL_PLANE_CHECKS, ...MESH_CHECKS, ...SUPPLY_CHECKS, ...POLICY_CHECKS],
  },
  { name: 'proxies', title: 'Proxies', checks: PROXY_CHECKS },
  {
    name: 'upstreams',
    title: 'Upstreams',
    checks: [...UPSTREAM_CHECKS, ...FOREIGN_CHECKS, ...MATERIAL_CHECKS],
  },
]

/** The report on an API server that nobody reaches: nothing else can be said then. */
export const unreachableReport = (why: string): readonly GroupResult[] => [
  { name: kubernetes.name, title: kubernetes.title, results: [unreachable(why)] },
]
