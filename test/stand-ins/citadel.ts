import type { MeshAuthority } from '../../certs/mesh.ts'

/** The Secret that Citadel (Istio 1.0 to 1.4) would write for a service account. */
export const certificateSecret = async (
  mesh: MeshAuthority,
  namespace: string,
  serviceAccount: string,
) => {
  const { certPem, keyPem } = await mesh.issue(namespace, serviceAccount)
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'istio.io/key-and-cert',
    metadata: {
      name: `istio.${serviceAccount}`,
      namespace,
      annotations: { 'istio.io/service-account.name': serviceAccount },
    },
    stringData: { 'root-cert.pem': mesh.rootPem, 'cert-chain.pem': certPem, 'key.pem': keyPem },
  }
}
