import { Argument, Command, Option } from 'commander'
import { t } from 'tap'
import { inCobrasProtocol, type Offer, offerFor } from '../../src/cli/completion.ts'
import { readLine } from '../../src/cli/completion-line.ts'

const build = () => {
  const list = new Command('list')
    .alias('ls')
    .description('list them')
    .option('-n, --namespace <namespace>', 'of this namespace')
    .option('-A, --all', 'of all')
    .option('-f, --filename <file>', 'a file')
    .option('--text <text>', 'any text')
    .option('-m, --mesh <namespace.name>', 'a mesh')
    .option('-p, --proxy <name>', 'a proxy')
    .addOption(new Option('-o, --output <format>', 'format').choices(['json', 'name']))
    .addOption(new Option('--secret', 'for nobody').hideHelp())
  const mtls = new Command('mtls').option('--name <name>', 'of the Upstream')
  const upstream = new Command('upstream')
    .argument('<namespace/name>', 'which')
    .option('--proxy <namespace/name>', 'a proxy')
  return new Command('gloo-istio')
    .addCommand(new Command('get').description('get').addCommand(list))
    .addCommand(new Command('set').addCommand(new Command('upstream').addCommand(mtls)))
    .addCommand(new Command('explain').addCommand(upstream))
    .addCommand(new Command('say').addArgument(new Argument('<a>', 'a').choices(['yes', 'no'])))
    .addCommand(new Command('named').option('--name <name>').argument('[x]', 'x'))
    .addCommand(new Command('complete'), { hidden: true })
    .helpCommand(false)
}

const told = (offer: Offer): string => {
  if (offer.kind === 'candidates') return offer.candidates.map(({ value }) => value).join(' ')
  return offer.kind === 'files' ? '<files>' : `<${offer.source}>`
}

// words up to the cursor | what they may go on with | what is typed of it
const cases: readonly (readonly [readonly string[], string, string])[] = [
  [[], 'get set explain say named', ''],
  [[''], 'get set explain say named', ''],
  [['g'], 'get set explain say named', 'g'],
  [['get', ''], 'list help', ''],
  [['get', 'list', ''], '', ''],
  [['get', 'list', '-'], '--namespace --all --filename --text --mesh --proxy --output --help', '-'],
  [
    ['get', 'ls', '--o'],
    '--namespace --all --filename --text --mesh --proxy --output --help',
    '--o',
  ],
  [['get', 'list', '-A', '-'], '--namespace --filename --text --mesh --proxy --output --help', '-'],
  [['get', 'list', '-n', ''], '<namespaces>', ''],
  [['get', 'list', '-n', 'a', '-A', '-o', 'j'], 'json name', 'j'],
  [['get', 'list', '--output=j'], 'json name', 'j'],
  [['get', 'list', '--all=x'], '', 'x'],
  [['get', 'list', '--output=json', '-f', ''], '<files>', ''],
  [['get', 'list', '--text', ''], '', ''],
  [['get', 'list', '-m', ''], '<meshes>', ''],
  [['get', 'list', '-p', ''], '<proxyNames>', ''],
  [['get', 'list', '--unknown', ''], '', ''],
  [['set', 'upstream', 'mtls', '--name', ''], '<upstreamNames>', ''],
  [['named', '--name', ''], '', ''],
  [['named', ''], '', ''],
  [['explain', 'upstream', 'a'], '<upstreams>', 'a'],
  [['explain', 'upstream', 'a/b', ''], '', ''],
  [['explain', 'upstream', '--proxy', ''], '<proxies>', ''],
  [['say', ''], 'yes no', ''],
  [['nothing', ''], '', ''],
]
for (const [words, offer, prefix] of cases)
  t.test(`gloo-istio ${words.join(' ')}`, async t => {
    const line = readLine(build(), words)
    t.equal(told(offerFor(line)), offer)
    t.equal(line.prefix, prefix)
  })

t.test('the values of flags are known', async t => {
  const line = readLine(build(), ['get', 'list', '-n', 'a', '--output=json', '-A', ''])
  t.strictSame(
    [...line.values],
    [
      ['--namespace', 'a'],
      ['--output', 'json'],
    ],
  )
})

t.test(
  'shells are answered a line for each candidate that fits, and what else they may try',
  async t => {
    const candidates = [{ value: 'ab', description: 'one\ntwo' }, { value: 'ac' }, { value: 'b' }]
    t.equal(inCobrasProtocol(candidates, 'a'), 'ab\tone\nac\n:4\n')
    t.equal(inCobrasProtocol([], ''), ':4\n')
    t.equal(inCobrasProtocol('files', 'x'), ':0\n')
  },
)
