import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { t } from 'tap'
import { CLI } from '../parts/program.ts'

// `script` of util-linux runs a command on a terminal of its own.
const script = spawnSync('script', ['--version'], { encoding: 'utf8' })
const skip = script.stdout?.includes('util-linux') ? false : 'needs script (apt install bsdutils)'

const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url))
const UPSTREAM = golden('upstream-of-the-supergloo-tutorial/input.yaml')
const kubeconfigOf = (server: string) => ({
  clusters: [{ name: 'a', cluster: { server } }],
  users: [{ name: 'a', user: {} }],
  contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  'current-context': 'a',
})
const ESCAPE = '\u001b['

const env = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...rest } = process.env
  return { ...rest, TERM: 'xterm-256color', ...more }
}

const onTerminal = (command: string, more: NodeJS.ProcessEnv = {}): string =>
  spawnSync('script', ['-qec', `${process.execPath} ${CLI} ${command}`, '/dev/null'], {
    encoding: 'utf8',
    env: env(more),
    input: '',
  }).stdout

const offTerminal = (command: string, more: NodeJS.ProcessEnv = {}): string => {
  const { stdout, stderr } = spawnSync(process.execPath, [CLI, ...command.split(' ')], {
    encoding: 'utf8',
    env: env(more),
  })
  return stdout + stderr
}

// Port 1 of this machine: nobody listens there.
const NOBODY = join(
  t.testdir({ kubeconfig: JSON.stringify(kubeconfigOf('https://127.0.0.1:1')) }),
  'kubeconfig',
)
const CHANGED = golden('change-by-a-person-inside-our-block-is-kept-and-told/input.yaml')

/** Commands that colour; each of them without a cluster. */
const COLOURED = [`inject -f ${UPSTREAM}`, `uninject -f ${CHANGED}`, `check --kubeconfig ${NOBODY}`]

for (const command of COLOURED)
  t.test(`${command.split(' ')[0]} colours on a terminal, and nowhere else`, { skip }, async t => {
    const plain = offTerminal(command)
    t.ok(onTerminal(command).includes(ESCAPE), 'on a terminal')
    t.notOk(plain.includes(ESCAPE), plain)
    t.notOk(onTerminal(command, { NO_COLOR: '1' }).includes(ESCAPE), 'never with NO_COLOR')
  })

t.test('a warning is yellow on a terminal, and where colours are forced', { skip }, async t => {
  const [command = ''] = COLOURED
  t.match(onTerminal(command), '\u001b[33mwarning\u001b[39m: ')
  t.match(offTerminal(command, { FORCE_COLOR: '1' }), '\u001b[33mwarning\u001b[39m: ')
})
