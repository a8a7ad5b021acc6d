import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from './control-plane.ts'
import { requirePart } from './parts.ts'
import { freePort } from './ports.ts'
import { start, waitUntilReady } from './processes.ts'

export interface IstiodOptions {
  readonly controlPlane: ControlPlane
  /** Its working directory, where its log goes, too. */
  readonly dir: string
  /** The authority to sign with; without it istiod makes one of its own. */
  readonly authority?: { readonly certPem: string; readonly keyPem: string }
}

/** Every address of its own, so that nothing listens beyond this machine. */
const freeAddresses = async () => {
  const names = ['httpAddr', 'grpcAddr', 'secureGRPCAddr', 'httpsAddr', 'monitoringAddr'] as const
  const address = async (name: (typeof names)[number]) => [name, `127.0.0.1:${await freePort()}`]
  const found: Record<(typeof names)[number], string> = Object.fromEntries(
    await Promise.all(names.map(address)),
  )
  return found
}

/** Istio calls it a plugged-in CA: files where it looks for the Secret `cacerts`. */
const plugIn = (dir: string, { certPem, keyPem }: { certPem: string; keyPem: string }) => {
  const folder = join(dir, 'etc', 'cacerts')
  mkdirSync(folder, { recursive: true })
  const files = { 'ca-cert.pem': certPem, 'ca-key.pem': keyPem, 'root-cert.pem': certPem }
  for (const [name, content] of Object.entries({ ...files, 'cert-chain.pem': certPem }))
    writeFileSync(join(folder, name), content, { mode: 0o600 })
}

const isReady = (address: string) =>
  fetch(`http://${address}/ready`).then(
    response => response.ok,
    () => false,
  )

/**
 * Istio's control plane as a process beside the cluster. It issues certificates to whoever shows a
 * token of a ServiceAccount, and writes its root into every namespace.
 */
export const startIstiod = async ({ controlPlane, dir, authority }: IstiodOptions) => {
  mkdirSync(dir, { recursive: true })
  if (authority !== undefined) plugIn(dir, authority)
  await controlPlane.kubectl('create', 'namespace', 'istio-system')
  const addresses = await freeAddresses()
  const flags = Object.entries(addresses).map(([name, address]) => `--${name}=${address}`)
  const running = await start({
    name: 'istiod',
    file: requirePart('istio').pilotDiscovery,
    args: ['discovery', `--kubeconfig=${controlPlane.kubeconfig}`, '--ctrlz_port=0', ...flags],
    cwd: dir,
    // A name in its certificate that means this machine.
    env: { ...process.env, ISTIOD_CUSTOM_HOST: 'localhost' },
    log: join(dir, 'istiod.log'),
  })
  await waitUntilReady([running], () => isReady(addresses.httpAddr))
  const port = addresses.secureGRPCAddr.split(':').at(-1)
  return { discoveryAddress: `localhost:${port}`, stop: () => running.stop() }
}
