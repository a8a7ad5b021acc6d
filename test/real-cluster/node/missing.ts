import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Tool } from '../../parts/part.ts'
import { CNI_FOLDER } from './containerd.ts'

const program = (name: string, debian = name, asked = '--version'): Tool => ({
  name,
  install: `apt install ${debian}`,
  isPresent: () => spawnSync(name, [asked], { stdio: 'ignore' }).status === 0,
})

const root: Tool = {
  name: 'root, on Linux',
  install: 'sudo npm run test:cluster',
  isPresent: () => process.platform === 'linux' && process.getuid?.() === 0,
}

const cni: Tool = {
  name: `CNI plugins in ${CNI_FOLDER}`,
  install: 'apt install containernetworking-plugins',
  isPresent: () => existsSync(`${CNI_FOLDER}/bridge`),
}

const buildah = program('buildah')

const TOOLS: readonly Tool[] = [
  root,
  program('containerd'),
  program('runc'),
  cni,
  program('iptables'),
  program('ip', 'iproute2', '-V'),
  program('nsenter', 'util-linux'),
  buildah,
]

const whyNot = (tools: readonly Tool[]): string | false => {
  const missing = tools.filter(tool => !tool.isPresent())
  if (missing.length === 0) return false
  return `needs ${missing.map(({ name, install }) => `${name} (${install})`).join(', ')}`
}

/** Why no node can run on this machine, or false: each program that it lacks, and how to get it. */
export const whyNoNode = (): string | false => whyNot(TOOLS)

/** Why no image can be built, or false. */
export const whyNoImages = (): string | false => whyNot([buildah])
