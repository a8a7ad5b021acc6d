import { Option } from 'commander'
import {
  type Configuration,
  defaultConfiguration,
  parseConfiguration,
} from '../config/configuration.ts'
import { readText } from '../config/env.ts'
import { violationLines } from '../config/violations.ts'
import { UsageError } from './exit.ts'

/** Of a command that looks at a cluster, or at files. */
export const configOption = (): Option =>
  new Option('--config <file>', 'configuration file (YAML) (default: what the cluster tells)')

/** The configuration in a file. Throws UsageError with all that is wrong with it. */
export const readConfiguration = async (file: string): Promise<Configuration> => {
  const parsed = parseConfiguration(await readText(file))
  if ('configuration' in parsed) return parsed.configuration
  throw new UsageError(violationLines(file, parsed.violations).join('\n'))
}

/** The same; without a file, what holds where there is none. */
export const configurationIn = async (file: string | undefined): Promise<Configuration> =>
  file === undefined ? defaultConfiguration() : readConfiguration(file)
