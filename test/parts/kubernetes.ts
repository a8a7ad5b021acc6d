import { readFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWithGo, type GoBuild } from './go.ts'
import type { Part } from './part.ts'
import { goFor } from './tools.ts'

const goMod = fileURLToPath(new URL('kubernetes/go.mod', import.meta.url))

const packages = ['k8s.io/kubernetes/cmd/kube-apiserver', 'go.etcd.io/etcd/server/v3']

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

const build: GoBuild = { module: dirname(goMod), packages, flags: ['-ldflags', ldflags] }

const make = async (folder: string, progress: (text: string) => void): Promise<void> => {
  await buildWithGo(build, folder, progress)
  renameSync(join(folder, 'server'), join(folder, 'etcd'))
}

export const kubernetes: Part<{ kubeApiserver: string; etcd: string }> = {
  name: 'kubernetes',
  version,
  about: 'kube-apiserver and etcd, built with Go: about 5 minutes the first time',
  tools: [goFor(goMod)],
  binaries: at => ({ kubeApiserver: at('kube-apiserver'), etcd: at('etcd') }),
  make,
}
