import { Command, InvalidArgumentError, Option } from 'commander'
import { MATRIX_FORMATS, type MatrixFormat, printMatrix, printVerdict } from '../cli/matrix.ts'
import { parseVersion } from '../core/version.ts'
import { Refusal, UsageError } from './exit.ts'

interface MatrixFlags {
  gloo?: string
  istio?: string
  output: MatrixFormat
}

const parseVersionFlag = (text: string): string => {
  if (parseVersion(text) === undefined)
    throw new InvalidArgumentError('expected a version, for instance 1.17.3')
  return text
}

const runMatrix = ({ gloo, istio, output }: MatrixFlags): void => {
  if (gloo === undefined && istio === undefined) {
    process.stdout.write(printMatrix(output))
    return
  }
  if (gloo === undefined || istio === undefined)
    throw new UsageError('--gloo and --istio go together: give both, or neither')
  const { text, fits } = printVerdict(gloo, istio, output)
  process.stdout.write(text)
  if (!fits) throw new Refusal()
}

/** `gloo-istio matrix` */
export const matrixCommand = () =>
  new Command('matrix')
    .description('print what works with what; of two versions, what would be done and why')
    .option(
      '--gloo <version>',
      'version of Gloo, open source; goes with --istio (default: none)',
      parseVersionFlag,
    )
    .option(
      '--istio <version>',
      'version of Istio; goes with --gloo (default: none)',
      parseVersionFlag,
    )
    .addOption(
      new Option(
        '-o, --output <format>',
        'format; of the whole matrix, markdown and json also tell why, and what else hangs on a version',
      )
        .choices(MATRIX_FORMATS)
        .default('table'),
    )
    .action(runMatrix)
