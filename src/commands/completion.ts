import { Argument, Command } from 'commander'
import { type Candidate, inCobrasProtocol, offerFor } from '../cli/completion.ts'
import { BASH } from '../cli/completion-bash.ts'
import { type Line, readLine } from '../cli/completion-line.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

const NAME = 'gloo-istio'

const printScript = async (shell: (typeof SHELLS)[number]): Promise<void> => {
  if (shell === 'bash') {
    process.stdout.write(BASH)
    return
  }
  const { script } = await import('@bomb.sh/tab')
  script(shell, NAME, NAME)
}

const complete = async (words: readonly string[], _: unknown, command: Command): Promise<void> => {
  const line = readLine(command.parent ?? command, words)
  process.stdout.write(inCobrasProtocol(await candidatesFor(line), line.prefix))
}

const candidatesFor = async (line: Line): Promise<readonly Candidate[] | 'files'> => {
  const offer = offerFor(line)
  if (offer.kind === 'files') return 'files'
  if (offer.kind === 'candidates') return offer.candidates
  // The Kubernetes client takes long to load.
  const { candidatesFrom } = await import('./live-candidates.ts')
  return candidatesFrom(offer.source, line.values)
}

/** `gloo-istio completion` */
export const completionCommand = (): Command =>
  new Command('completion')
    .description('print what completes commands, flags and their values in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(printScript)

/** `gloo-istio complete -- …`, which a shell asks with each press of the tab key. */
export const completeCommand = (): Command =>
  new Command('complete')
    .description('answer a shell what a command line may go on with, in the protocol of cobra')
    .argument('[words...]', 'the words up to the cursor')
    .action(complete)
