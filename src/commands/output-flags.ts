import { Option } from 'commander'
import { FORMATS, type Format } from '../cli/output.ts'

export interface OutputFlags {
  readonly output: Format
}

export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'format').choices(FORMATS).default('table')
