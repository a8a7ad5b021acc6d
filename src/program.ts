import { Command, CommanderError } from 'commander'
import { ManifestError } from './cli/manifests.ts'
import { backfillCommand } from './commands/backfill.ts'
import { configCommand } from './commands/config.ts'
import { Refusal, UsageError } from './commands/exit.ts'
import { explainCommand } from './commands/explain.ts'
import { getCommand } from './commands/get.ts'
import { injectCommand, uninjectCommand } from './commands/manifests.ts'
import { matrixCommand } from './commands/matrix.ts'
import { serveCommand } from './commands/serve.ts'
import { webhookCommand } from './commands/webhook.ts'
import { ReadError } from './config/env.ts'
import { version } from './version.ts'

const EXIT_REFUSED = 1
const EXIT_USAGE = 2

/** The whole command line; also read by the test that keeps its reference true. */
export const buildProgram = (): Command => {
  const program = new Command('gloo-istio')
    .description('mutual TLS between the Gloo API gateway and an Istio mesh')
    .version(version())
    .addCommand(serveCommand())
    .addCommand(injectCommand())
    .addCommand(uninjectCommand())
    .addCommand(getCommand())
    .addCommand(explainCommand())
    .addCommand(backfillCommand())
    .addCommand(webhookCommand())
    .addCommand(matrixCommand())
    .addCommand(configCommand())
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(c => c.commands),
  ])
    command.exitOverride().showHelpAfterError('(--help shows the flags)')
  return program
}

const EXPECTED = [UsageError, ReadError, ManifestError]

/** Runs a command line; answers the exit code: 0 done, 1 failed, 2 the user has to mend something. */
export const run = async (argv: readonly string[]): Promise<number> => {
  try {
    await buildProgram().parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
    if (error instanceof Refusal) return EXIT_REFUSED
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`gloo-istio: ${message}\n`)
    return EXPECTED.some(known => error instanceof known) ? EXIT_USAGE : 1
  }
}
