import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { installIn, skipWithout } from '../harness/shells.ts'

const dir = t.testdir({ 'a-file.yaml': '', config: '' })
const bin = installIn(dir)
const KUBECONFIG = join(dir, 'config')
writeFileSync(
  KUBECONFIG,
  JSON.stringify({
    // Port 1 of this machine: nobody listens there.
    clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'a', user: {} }],
    contexts: ['home', 'arn:aws:eks:east', 'arn:aws:eks:west'].map(name => ({
      name,
      context: { cluster: 'a', user: 'a' },
    })),
    'current-context': 'home',
  }),
)

const run = (file: string, args: readonly string[]) =>
  spawnSync(file, args, {
    cwd: dir,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${bin}:${process.env['PATH']}`,
      KUBECONFIG,
      HOME: dir,
      ZDOTDIR: dir,
    },
  })

const scriptFor = (shell: string): string => {
  const { stdout, stderr, status } = run('gloo-istio', ['completion', shell])
  t.equal(status, 0, stderr)
  const file = join(dir, `completion.${shell}`)
  writeFileSync(file, stdout)
  return file
}

// what is typed | what is offered
const lines: readonly (readonly [string, readonly string[]])[] = [
  ['gloo-istio webhook ', ['check', 'delete', 'help']],
  ['gloo-istio matrix -o m', ['markdown']],
]

t.test('bash', { skip: skipWithout('bash') }, async t => {
  const script = scriptFor('bash')
  /** As bash asks for it, twice read: COMP_LINE, COMP_POINT, and COMPREPLY for the answer. */
  const complete = (line: string) => {
    const asked = [
      `source ${script}; source ${script}`,
      `COMP_LINE='${line}' COMP_POINT=${line.length}`,
      '__gloo_istio_complete',
      ['printf "%s\\n" "', '{COMPREPLY[@]}" | sort'].join('$'),
    ].join('\n')
    const { stdout, stderr } = run('bash', ['-c', asked])
    t.equal(stderr, '', line)
    return stdout.split('\n').filter(word => word !== '')
  }
  for (const [line, offered] of [
    ...lines,
    // Bash begins a word after an equals sign and after a colon.
    ['gloo-istio matrix --output=j', ['json']],
    ['gloo-istio get upstreams --context arn:aws:eks:w', ['west']],
    ['gloo-istio get upstreams --context=arn:aws:eks:w', ['west']],
    ['gloo-istio inject -f ', []],
  ] as const)
    t.strictSame(complete(line), offered, line)
  const { stdout } = run('bash', ['-c', `source ${script}; complete -p gloo-istio`])
  t.equal(
    stdout,
    'complete -o default -F __gloo_istio_complete gloo-istio\n',
    'files are completed',
  )
})

t.test('bash, with the tab key', { skip: skipWithout('bash') }, async t => {
  const script = scriptFor('bash')
  const typed = `source ${script}\ngloo-istio inject --filename a-f\t\ngloo-istio get mesh-ing\t\nexit\n`
  const { stdout } = spawnSync('script', ['-qec', 'bash --norc --noprofile -i', '/dev/null'], {
    cwd: dir,
    input: typed,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}`, KUBECONFIG, TERM: 'dumb' },
  })
  t.match(stdout, 'gloo-istio inject --filename a-file.yaml')
  t.match(stdout, 'gloo-istio get mesh-ingress')
})

t.test('fish', { skip: skipWithout('fish') }, async t => {
  const script = scriptFor('fish')
  const complete = (line: string) => {
    const { stdout, stderr } = run('fish', ['-c', `source ${script}; complete -C '${line}'`])
    t.equal(stderr, '', line)
    return stdout
      .split('\n')
      .map(text => text.split('\t')[0] ?? '')
      .filter(word => word !== '')
      .toSorted()
  }
  for (const [line, offered] of [
    ...lines,
    ['gloo-istio matrix --output=j', ['--output=json']],
    ['gloo-istio inject -f a-f', ['a-file.yaml']],
  ] as const)
    t.strictSame(complete(line), offered, line)
})

t.test('zsh', { skip: skipWithout('zsh') }, async t => {
  const script = scriptFor('zsh')
  const { stderr, status } = run('zsh', ['-n', script])
  t.equal(status, 0, stderr)
  /** A terminal with zsh in it, in which the tab key is pressed. */
  const complete = (line: string, wanted: string) => {
    const asked = [
      'zmodload zsh/zpty',
      'zpty z zsh -f -i',
      'zpty -w z "PS1=; autoload -Uz compinit; compinit -u -D; source $SCRIPT"',
      `zpty -w -n z "$LINE"$'\\t'`,
      // Until it stands there; then the terminal is closed, and zsh with it.
      'zpty -r z all "*$WANTED*"; print -r -- "$all"; zpty -d z',
    ].join('\n')
    return spawnSync('zsh', ['-fc', asked], {
      cwd: dir,
      encoding: 'utf8',
      timeout: 50_000,
      killSignal: 'SIGKILL',
      env: {
        ...process.env,
        PATH: `${bin}:${process.env['PATH']}`,
        KUBECONFIG,
        HOME: dir,
        ZDOTDIR: dir,
        SCRIPT: script,
        LINE: line,
        WANTED: wanted,
        TERM: 'dumb',
      },
    }).stdout
  }
  t.match(complete('gloo-istio matrix -o mark', 'markdown'), /gloo-istio matrix -o markdown/)
})

t.test('a shell that is not known is refused', async t => {
  const { status, stderr } = run('gloo-istio', ['completion', 'tcsh'])
  t.equal(status, 2)
  t.match(stderr, /^gloo-istio: command-argument value 'tcsh' is invalid.*bash, zsh, fish/)
})

t.test('a cluster that does not answer is none, and says nothing', async t => {
  const started = performance.now()
  const { stdout, stderr, status } = run('gloo-istio', [
    'complete',
    '--',
    'get',
    'upstreams',
    '-n',
    '',
  ])
  t.match({ stdout, stderr, status }, { stdout: ':4\n', stderr: '', status: 0 })
  t.ok(performance.now() - started < 20_000)
})

t.test('a program of a kubeconfig that hangs is waited for a second and a half', async t => {
  const file = join(dir, 'hanging')
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sleep',
    args: ['30'],
    interactiveMode: 'Never',
  }
  writeFileSync(
    file,
    JSON.stringify({
      clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'a', user: { exec } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    }),
  )
  const started = performance.now()
  const { stdout } = run('gloo-istio', [
    'complete',
    '--',
    'get',
    'upstreams',
    '--kubeconfig',
    file,
    '-n',
    '',
  ])
  t.equal(stdout, ':4\n')
  t.ok(performance.now() - started < 25_000)
})
