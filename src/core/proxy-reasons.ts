import type { ReasonTable } from './sentence.ts'

/** Reasons of proxies and of their bootstraps. */
export const PROXY_REASONS = {
  NotGatewayProxy: {
    level: 'info',
    sentence: 'no proxy of Gloo, by its labels and its containers',
  },
  EnvoyContainerNotFound: {
    level: 'warning',
    sentence: 'no container named {names}, none mounts envoy-config at /etc/envoy; nothing mounted',
  },
  NothingToMount: { level: 'info', sentence: 'no configured mesh has certificates to mount' },
  AlreadyMounted: {
    level: 'info',
    sentence: 'container {container} has the certificates of {meshes}',
  },
  MountPathTaken: {
    level: 'warning',
    sentence: 'mesh {mesh} not mounted: {path} of container {container} overlaps {wanted}; move it',
  },
  VolumeNameTaken: {
    level: 'warning',
    sentence: 'mesh {mesh} not mounted: volume {volume} is something else; remove or rename it',
  },
  ContainerNameTaken: {
    level: 'warning',
    sentence: 'mesh {mesh} not injected: {path} is something else; rename it or pin another mode',
  },
  PortTaken: {
    level: 'warning',
    sentence: 'mesh {mesh} not injected: container {container} has port {port} already',
  },
  ProxyImageUnknown: {
    level: 'warning',
    sentence:
      'the image of istio-proxy for mesh {mesh} is unknown: set its istioVersion with the patch, or its proxyImage',
  },
  SdsImageUnknown: {
    level: 'warning',
    sentence:
      'mesh {mesh} not injected: no sds image is known beside {image}; set gloo.sdsImage in the configuration',
  },
  SidecarsPresent: {
    level: 'info',
    sentence: 'containers sds and istio-proxy are there already and serve mesh {mesh}',
  },
  SdsExposed: {
    level: 'warning',
    sentence:
      'container {container} was there before and serves keys to whoever reaches port {port} of the pod: guard it',
  },
  SdsPortFixed: {
    level: 'warning',
    sentence:
      'mesh {mesh} not injected: container {container} is there already, on port {port}: set sdsPort to it',
  },
  UserUnset: {
    level: 'warning',
    sentence:
      '{container} has runAsNonRoot without runAsUser: unless the cluster gives one user to the whole pod, sds cannot read the key',
  },
  HostNetworkPorts: {
    level: 'warning',
    sentence:
      'hostNetwork: ports {ports} are those of the node, so another such proxy there cannot start',
  },
  HostPathNeeded: {
    level: 'warning',
    sentence:
      'mode node-agent-sds mounts a hostPath, which PodSecurity baseline and restricted refuse',
  },
  CertificatesStayOld: {
    level: 'warning',
    sentence:
      'Envoy reads certificate files once: restart {container} within 45 days of each start, before they expire',
  },
  AdditionChanged: {
    level: 'warning',
    sentence: '{path} was changed after gloo-istio added it and is kept; remove it to have it anew',
  },
  CertificatesMounted: {
    level: 'info',
    sentence: 'container {container} gets the certificates of {meshes}',
  },
  CertificatesRemoved: {
    level: 'info',
    sentence: 'what gloo-istio had added is gone: {why}',
  },

  NotBootstrap: { level: 'info', sentence: 'no Envoy bootstrap of a proxy of Gloo' },
  BootstrapUnreadable: {
    level: 'warning',
    sentence:
      'data[{key}] has no list static_resources.clusters, or more than 128 KiB; left as it is',
  },
  BootstrapNotNeeded: {
    level: 'info',
    sentence: 'no mesh needs a cluster in the bootstrap with this Gloo',
  },
  BootstrapComplete: { level: 'info', sentence: 'data[{key}] has clusters {clusters}' },
  BootstrapExtended: {
    level: 'info',
    sentence: 'data[{key}] gets clusters {clusters}: restart the proxies that read it',
  },
  BootstrapRestored: {
    level: 'info',
    sentence: 'clusters that gloo-istio had added to data[{key}] are gone: {why}',
  },
} as const satisfies ReasonTable
