import { Command } from 'commander'
import { configurationSchema } from '../config/configuration.ts'
import { readConfiguration } from './configuration-file.ts'

/** `gloo-istio config` */
export const configCommand = () => {
  const command = new Command('config').description('look at configuration files')
  command
    .command('validate')
    .description('report everything that is wrong with a configuration file')
    .requiredOption('-f, --filename <file>', 'configuration file (YAML); - is standard input')
    .action(async ({ filename }: { filename: string }) => {
      const { meshes } = await readConfiguration(filename)
      process.stdout.write(
        `${filename}: valid, ${meshes.length} mesh${meshes.length === 1 ? '' : 'es'}\n`,
      )
    })
  command
    .command('schema')
    .description('print the JSON Schema of configuration files, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(configurationSchema(), null, 2)}\n`)
    })
  return command
}
