import { Command } from 'commander'
import { backfillCommand } from './commands/backfill.ts'
import { bundleCommand } from './commands/bundle.ts'
import { checkCommand } from './commands/check.ts'
import { completeCommand, completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { dashboardCommand } from './commands/dashboard.ts'
import { disableMtlsCommand, enableMtlsCommand } from './commands/enable-mtls.ts'
import { explainCommand } from './commands/explain.ts'
import { failureOf } from './commands/failure.ts'
import { getCommand } from './commands/get.ts'
import { graphCommand } from './commands/graph.ts'
import { injectCommand, uninjectCommand } from './commands/manifests.ts'
import { matrixCommand } from './commands/matrix.ts'
import { serveCommand } from './commands/serve.ts'
import { setCommand, unsetCommand } from './commands/set.ts'
import { verboseOption } from './commands/verbose.ts'
import { verifyCommand } from './commands/verify.ts'
import { webhookCommand } from './commands/webhook.ts'
import { version } from './version.ts'

/** Every command below this one, and itself. */
const withAllBelow = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(withAllBelow),
]

/** The whole command line, called by `name`; also read by the test that keeps its reference true. */
export const buildProgram = (name = 'gloo-istio'): Command => {
  const program = new Command(name)
    .description('mutual TLS between the Gloo API gateway and an Istio mesh')
    .version(version())
    .addCommand(serveCommand())
    .addCommand(injectCommand())
    .addCommand(uninjectCommand())
    .addCommand(getCommand())
    .addCommand(setCommand())
    .addCommand(unsetCommand())
    .addCommand(enableMtlsCommand())
    .addCommand(disableMtlsCommand())
    .addCommand(explainCommand())
    .addCommand(graphCommand())
    .addCommand(dashboardCommand())
    .addCommand(backfillCommand())
    .addCommand(checkCommand())
    .addCommand(verifyCommand())
    .addCommand(webhookCommand())
    .addCommand(matrixCommand())
    .addCommand(configCommand())
    .addCommand(bundleCommand())
    .addCommand(completionCommand())
    .addCommand(completeCommand(), { hidden: true })
  for (const command of withAllBelow(program)) {
    command.exitOverride().showHelpAfterError('(--help shows the flags)')
    if (command.commands.length === 0) command.addOption(verboseOption())
  }
  return program
}

/** As which the program is started: kubectl starts its plugins by file names of their own. */
export const KUBECTL_PLUGIN = 'kubectl-gloo_istio'
export const KUBECTL_COMPLETION = 'kubectl_complete-gloo_istio'

const nameOf = (file: string): string =>
  file === KUBECTL_PLUGIN || file === KUBECTL_COMPLETION ? 'kubectl gloo-istio' : 'gloo-istio'

/** Has all that commander says of errors begin as our own do; answers what it said. */
const listenTo = (program: Command, name: string): readonly string[] => {
  const told: string[] = []
  for (const command of withAllBelow(program))
    command.configureOutput({
      writeErr: text => told.push(text),
      outputError: (text, write) => write(text.replace(/^error: /, `${name}: `)),
    })
  return told
}

/**
 * Runs a command line for the file name that the program was started by; answers the exit code: 0 done,
 * 1 failed, 2 the user has to mend something.
 */
export const run = async (argv: readonly string[], file = ''): Promise<number> => {
  const name = nameOf(file)
  const program = buildProgram(name)
  const told = listenTo(program, name)
  let isVerbose = false
  program.hook('preAction', (_, command) => {
    isVerbose = command.opts()['verbose'] === true
  })
  try {
    const args = file === KUBECTL_COMPLETION ? ['complete', '--', ...argv] : argv
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    const { exitCode, text } = failureOf(error, { name, isVerbose })
    const output = exitCode === 0 ? process.stdout : process.stderr
    output.write(told.join('') + text)
    return exitCode
  }
}
