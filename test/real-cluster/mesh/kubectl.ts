import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KubeConfig } from '@kubernetes/client-node'
import { ApiClient } from '../../../src/cluster/api.ts'
import type { RealCluster } from '../cluster.ts'
import { must as succeed } from '../release.ts'

const manifestFile = (name: string): string =>
  fileURLToPath(new URL(`manifests/${name}.yaml`, import.meta.url))

/** What stands in a manifest in capitals, and what is to stand there. */
export type Blanks = Readonly<Record<string, string>>

/** What suites do to a cluster; files of it go into `dir`. */
export const administer = ({ kubectl, kubeconfig }: RealCluster, dir: string) => {
  const must = (...args: string[]): Promise<string> => succeed(kubectl, ...args)
  const apply = (name: string, blanks: Blanks): Promise<string> => {
    const text = Object.entries(blanks).reduce(
      (known, [blank, value]) => known.replaceAll(blank, value),
      readFileSync(manifestFile(name), 'utf8'),
    )
    const file = join(dir, `${name}.yaml`)
    writeFileSync(file, text)
    return must('apply', '-f', file)
  }
  const applyObject = (name: string, object: unknown): Promise<string> => {
    const file = join(dir, `${name}.json`)
    writeFileSync(file, JSON.stringify(object), { mode: 0o600 })
    return must('apply', '-f', file)
  }
  /** Until all of its pods are of today's template, and ready. */
  const rolledOut = (namespace: string, name: string): Promise<string> =>
    must('rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=120s')
  const addressOf = (namespace: string, service: string): Promise<string> =>
    must('get', 'service', service, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}')
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(kubeconfig)
  // For what is asked again and again: each kubectl takes a part of a second of a processor.
  const api = new ApiClient(kubeConfig)
  return { must, apply, applyObject, rolledOut, addressOf, kubeConfig, api }
}

export type Administrator = ReturnType<typeof administer>
