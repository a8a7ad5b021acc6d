import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { t } from 'tap'
import { blocksIn, isShown, type Step } from '../harness/markdown-commands.ts'
import { openShell, type Shell } from '../harness/shell.ts'
import { setTutorialStage } from '../harness/tutorial-stage.ts'
import { run } from '../parts/command.ts'
import { skipUnless } from '../parts/parts.ts'

const PAGE = 'docs/guides/tutorial.md'
const SETTLE_MS = 90_000

// What is shown | what is printed | whether that is as shown
const shown: readonly [string, string, boolean][] = [
  ['', '', true],
  ['', 'a', false],
  ['a', 'a\n', true],
  ['a', 'a\nb', false],
  ['a', '', false],
  ['a  b', 'a      b', true],
  ['a b', 'a  b', false],
  ['NAME … AGE', 'NAME   x   AGE', true],
  ['a…', 'a', true],
  ['(a|b)*', '(a|b)*', true],
  ['(a|b)*', 'a', false],
  ['…', '', true],
  ['…\nb', 'x\ny\nb', true],
  ['…\nb', 'x\ny\nc', false],
  ['a\n…\nb', 'a\nb', true],
  ['a\n…', 'b\na', false],
  ['a\n', 'a', true],
  ['\na', 'a', false],
]
for (const [expected, printed, answer] of shown)
  t.test(
    `${JSON.stringify(printed)} ${answer ? 'is' : 'is not'} as shown by ${JSON.stringify(expected)}`,
    async t => {
      t.equal(isShown(expected === '' ? [] : expected.split('\n'), printed), answer)
    },
  )

t.test('commands are read from a page with what they print', async t => {
  const page = [
    '```console',
    '$ a \\',
    '    b',
    'x',
    '',
    '$ c',
    '```',
    'text',
    '```console skip: needs luck',
    '$ d',
    '```',
    '```yaml',
    '$ e',
    '```',
  ].join('\n')
  t.strictSame(blocksIn(page), [
    {
      line: 1,
      skip: undefined,
      steps: [
        { line: 2, command: 'a \\\n    b', expected: ['x', ''] },
        { line: 6, command: 'c', expected: [] },
      ],
    },
    { line: 9, skip: 'needs luck', steps: [{ line: 10, command: 'd', expected: [] }] },
  ])
  t.throws(() => blocksIn('```console\nx\n```'), {
    message: 'line 2: a block begins with a command',
  })
  t.throws(() => blocksIn('```console x\n$ y\n```'), { message: "line 1: what is 'x'?" })
})

/** Commands that only look: what they show may take a moment to come true. */
const LOOKS = /^(curl|kubectl (get|rollout status|events)|gloo-istio (get|explain|check|verify)) /

const isLook = (command: string) => LOOKS.test(`${command} `)

/** How a command ended, as shown or not. */
const outcomeOf = async (shell: Shell, { command, expected }: Step) => {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const { printed, code } = await shell.run(command)
    const isAsShown = code === 0 && isShown(expected, printed)
    if (isAsShown || !isLook(command) || Date.now() > deadline) return { isAsShown, printed, code }
    await sleep(500)
  }
}

const blocks = blocksIn(readFileSync(PAGE, 'utf8'))
const skipParts =
  skipUnless('kubernetes', 'kubectl', 'helm', 'envoy', 'istio') ||
  (process.getuid?.() !== 0 && 'listening on port 443, as the chart’s Service has it, takes root')
const hasCurl = await run({ file: 'curl', args: ['--version'] }).then(
  ({ code }) => code === 0,
  () => false,
)
const skip = skipParts || (!hasCurl && 'curl is not on this machine')

if (!skip) {
  // Paths of Unix sockets are short, those of tap's own folders are not.
  const dir = mkdtempSync(join(tmpdir(), 'gi-tut-'))
  const ends: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })]
  t.teardown(async () => {
    for (const end of ends.toReversed()) await end()
  })
  const { env, troubles } = await setTutorialStage(dir, end => ends.push(end))
  const shell = openShell(dir, env)
  let broken: string | undefined
  for (const block of blocks)
    for (const step of block.steps) {
      const title = `${PAGE}:${step.line}: $ ${step.command.split('\n')[0]}`
      if (block.skip !== undefined) {
        t.test(title, { skip: block.skip }, async () => {})
        continue
      }
      t.test(title, { timeout: 200_000 }, async t => {
        if (broken !== undefined) return t.fail(`not run, as ${broken} was not as shown`)
        const { isAsShown, printed, code } = await outcomeOf(shell, step)
        if (isAsShown) return t.pass('as shown')
        broken = `line ${step.line}`
        t.equal(code, 0, 'the command succeeds')
        t.equal(printed, step.expected.join('\n'), troubles.join('\n') || 'as shown')
      })
    }
} else {
  for (const block of blocks)
    for (const step of block.steps)
      t.test(
        `${PAGE}:${step.line}: $ ${step.command}`,
        { skip: block.skip ?? skip },
        async () => {},
      )
}
