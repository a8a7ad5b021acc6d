import { type Check, found, listed, skipped, unlessAny } from './check.ts'
import { upgrade } from './check-hooks.ts'
import { placeOf, proxyPlansOf } from './check-look.ts'
import { foundIn, NO_MESH, planesOf, snapshotOf } from './check-meshes.ts'
import { citadelNamespaceOf, controlPlaneOf } from './control-plane.ts'
import { meshConfigMapsOf } from './detected-meshes.ts'
import { findingsOf, lineOf } from './explain.ts'
import { formatMeshRef } from './mesh.ts'
import { finding } from './reasons.ts'
import { isRolledOut } from './rollout.ts'
import { objectIn } from './snapshot.ts'

/** Checks of control planes. */

const controlPlane: Check = {
  id: 'istio-control-plane',
  title: 'a control plane of Istio is found',
  severity: 'failed',
  needs: ['controlPlanes'],
  run: evidence => {
    const { meshes, istioNamespaces } = evidence.facts
    if (meshes.length === 0)
      return found(
        `${listed(istioNamespaces)}: ${lineOf(finding('NoMeshFound', {}))}`,
        `install Istio, or name the namespaces of its control planes: ${upgrade(evidence, ' --set istioNamespaces={istio-system}')}`,
      )
    return unlessAny(
      meshes
        .filter(({ istioNamespace }) => foundIn(evidence, istioNamespace) === undefined)
        .map(formatMeshRef),
      `${listed(meshes.map(formatMeshRef))}`,
      names => `no control plane runs here for mesh ${names}`,
      'see istioNamespace of the mesh in the configuration: kubectl get deployments -A -l istio=pilot',
    )
  },
}

const controlPlaneReady: Check = {
  id: 'istio-ready',
  title: 'control planes are ready',
  severity: 'failed',
  needs: ['controlPlanes'],
  run: evidence => {
    const planes = planesOf(evidence).filter(
      one => controlPlaneOf(one)?.isIdle === false || citadelNamespaceOf(one) !== undefined,
    )
    if (planes.length === 0) return skipped('none is found')
    return unlessAny(
      planes.filter(one => !isRolledOut(one)).map(placeOf),
      `${listed(planes.map(placeOf))}`,
      names => `not rolled out, or not ready: ${names}`,
      'proxies get no certificates from it: kubectl get pods -A -l istio=pilot; kubectl describe them',
    )
  },
}

const version: Check = {
  id: 'istio-version',
  title: 'the version of each Istio is known',
  severity: 'failed',
  needs: ['controlPlanes'],
  run: ({ facts: { meshes } }) => {
    if (meshes.length === 0) return skipped(NO_MESH)
    return unlessAny(
      meshes
        .filter(({ istioVersion }) => istioVersion === undefined)
        .map(mesh => lineOf(finding('IstioVersionUnknown', { mesh: formatMeshRef(mesh) }))),
      listed(meshes.map(mesh => `${formatMeshRef(mesh)}: Istio ${mesh.istioVersion}`)),
      names => names,
      'tell it: istioVersion of the mesh in the values, with the patch',
    )
  },
}

const UNFIT = ['NoModeFits', 'ModeDoesNotFit', 'GlooVersionVague', 'ProxyImageUnknown'] as const

const matrix: Check = {
  id: 'istio-matrix',
  title: 'Gloo and Istio fit together',
  severity: 'failed',
  needs: ['proxies', 'proxyDaemonSets', 'controlPlanes'],
  run: evidence => {
    const { meshes } = evidence.facts
    const plans = proxyPlansOf(evidence)
    if (meshes.length === 0) return skipped(NO_MESH)
    if (plans.length === 0) return skipped('no proxy of Gloo is found')
    const troubles = plans.flatMap(({ decision }) =>
      findingsOf(decision)
        .filter(({ reason }) => UNFIT.some(one => one === reason))
        .map(lineOf),
    )
    const modes = new Set(plans.flatMap(({ forms }) => forms.map(form => form.mode)))
    return unlessAny(
      [...new Set(troubles)],
      `mode ${listed([...modes])}`,
      names => names,
      'see what fits: gloo-istio matrix; docs/reference/matrix.md',
    )
  },
}

const meshConfig: Check = {
  id: 'istio-mesh-config',
  title: 'what control planes are configured with can be read',
  severity: 'warning',
  needs: ['controlPlanes'],
  run: evidence => {
    const maps = meshConfigMapsOf(planesOf(evidence))
    if (maps.length === 0) return skipped('no control plane is found')
    const hidden = maps
      .map(({ namespace, name }) => evidence.unseen[`meshConfig ${namespace}/${name}`])
      .find(why => why !== undefined)
    if (hidden !== undefined) return skipped(hidden)
    const { configMaps } = snapshotOf(evidence)
    return unlessAny(
      maps
        .filter(({ namespace, name }) => objectIn(configMaps, namespace, name) === undefined)
        .map(({ namespace, name }) => `${namespace}/${name}`),
      listed(maps.map(({ namespace, name }) => `${namespace}/${name}`)),
      names => `ConfigMap ${names} is not there: trust domain and root namespace are guessed`,
      'see that Istio is installed whole, or tell trustDomain and rootNamespace of the mesh in the values',
    )
  },
}

export const CONTROL_PLANE_CHECKS: readonly Check[] = [
  controlPlane,
  controlPlaneReady,
  version,
  matrix,
  meshConfig,
]
