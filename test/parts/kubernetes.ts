import { readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWithGo } from './go.ts'
import type { Part } from './part.ts'
import { goFor } from './tools.ts'

const goMod = fileURLToPath(new URL('kubernetes/go.mod', import.meta.url))

const [, version = '', major = '', minor = ''] =
  /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(readFileSync(goMod, 'utf8')) ?? []

/** Without these the apiserver calls itself v0.0.0, which clients and Helm charts do not accept. */
const stamps = { gitVersion: version, gitMajor: major, gitMinor: minor }

const ldflags = [
  '-s -w',
  ...Object.entries(stamps).map(
    ([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`,
  ),
].join(' ')

/** What parts have in common that are made of Kubernetes' own module. */
export const ofKubernetes = (packages: readonly string[]) => ({
  version,
  tools: [goFor(goMod)],
  make: (folder: string, progress: (text: string) => void): Promise<void> =>
    buildWithGo(
      { module: dirname(goMod), packages, flags: ['-ldflags', ldflags] },
      folder,
      progress,
    ),
})

const apiServer = ofKubernetes([
  'k8s.io/kubernetes/cmd/kube-apiserver',
  'go.etcd.io/etcd/server/v3',
])

export const kubernetes: Part<{ kubeApiserver: string; etcd: string }> = {
  ...apiServer,
  name: 'kubernetes',
  about: 'kube-apiserver and etcd, built with Go: about 5 minutes the first time',
  binaries: at => ({ kubeApiserver: at('kube-apiserver'), etcd: at('etcd') }),
  make: async (folder, progress) => {
    await apiServer.make(folder, progress)
    renameSync(join(folder, 'server'), join(folder, 'etcd'))
  },
}
